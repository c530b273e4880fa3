import { writeFile } from 'node:fs/promises';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import type { TemporaryFolder } from '../../support/temporary-folder.js';

/** What a service of these tests is started with, by the keys of the settings. */
export interface MongoServiceOptions {
  readonly uri: string;
  readonly store?: Readonly<Record<string, unknown>>;
  readonly controller?: Readonly<Record<string, unknown>>;
}

let made = 0;

/** Starts `bin/main.js` on a MongoDB, with a configuration of its own in `folder`. */
export async function startMongoService(
  folder: TemporaryFolder,
  { uri, store = {}, controller = {} }: MongoServiceOptions,
): Promise<ServiceProcess> {
  const config = [
    { descriptor: 'pip-services:logger:console:default:1.0', level: 'warn' },
    {
      descriptor: 'service-sessions:persistence:mongodb:default:1.0',
      connection: { uri },
      ...optionsOf(store),
    },
    { descriptor: 'service-sessions:controller:default:default:1.0', ...optionsOf(controller) },
    { descriptor: 'pip-services:endpoint:http:default:1.0', connection: { port: 0 } },
    { descriptor: 'service-sessions:service:commandable-http:default:1.0' },
  ];
  made += 1;
  const path = folder.file(`config-${made}.json`);
  await writeFile(path, JSON.stringify(config));
  return await startServiceProcess({ args: ['-c', path] });
}

function optionsOf(options: Readonly<Record<string, unknown>>): object {
  return Object.keys(options).length === 0 ? {} : { options };
}
