import { Logger, LogLevel } from 'pip-services3-components-nodex';

/** A logger that keeps its lines. */
export class RecordingLogger extends Logger {
  readonly lines: string[] = [];

  constructor() {
    super();
    this.setLevel(LogLevel.Info);
  }

  protected override write(
    level: LogLevel,
    _correlationId: string,
    _error: Error,
    message: string,
  ): void {
    this.lines.push(`${LogLevel[level]} ${message}`);
  }
}
