import type { ConfigParams } from 'pip-services3-commons-nodex';
import { commandNames, commandsV1 } from '../../data/version1/commands.js';
import { defaultsOf, readSettings, textSetting } from '../../logic/settings.js';
import { sendResult } from '../http/http-answers.js';
import { toPath } from '../http/http-routes.js';
import { HttpService, type RouteRegistry } from '../http/http-service.js';
import { createOpenApiV1 } from './openapi-v1.js';

/** Settings of `pip-services:swagger-service:http`. */
export const swaggerSettings = {
  route: textSetting({
    key: 'route',
    default: 'swagger',
    doc: 'Where the page is that lists the commands.',
  }),
} as const;

const documentPath = '/openapi.json';
const basePath = '/v1/sessions';

/**
 * `GET /openapi.json` answers the OpenAPI document of protocol 1, and `GET /swagger` a page that
 * lists the commands, both to everybody (descriptor `pip-services:swagger-service:http:*:1.0`).
 */
export class SwaggerService extends HttpService {
  #settings = defaultsOf(swaggerSettings);

  /** Reads the settings of {@link swaggerSettings}. @throws INVALID_CONFIG. */
  override configure(config: ConfigParams): void {
    const component = 'pip-services:swagger-service:http';
    this.#settings = readSettings(component, config, swaggerSettings);
    super.configure(config);
  }

  /** @inheritdoc */
  protected override addRoutes(endpoint: RouteRegistry): void {
    const document = createOpenApiV1(basePath);
    const page = createPage();
    endpoint.registerRouteWithAuth('get', documentPath, null, 'public', (_request, reply) => {
      sendResult(reply, document);
    });
    const path = toPath(this.#settings.route);
    endpoint.registerRouteWithAuth('get', path, null, 'public', (_request, reply) => {
      reply.header('content-security-policy', "default-src 'none'");
      reply.header('content-type', 'text/html; charset=utf-8').send(page);
    });
  }
}

function createPage(): string {
  const rows = commandNames.map((name) => {
    const { role, summary } = commandsV1[name];
    const cells = [`POST ${basePath}/${name}`, summary, role].map(escapeHtml);
    return `<tr><td>${cells.join('</td><td>')}</td></tr>`;
  });
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>service-sessions</title>',
    '<h1>service-sessions, protocol 1</h1>',
    `<p>The whole of it, for tools: <a href="${documentPath}">${documentPath}</a></p>`,
    '<table><tr><th>Command</th><th>What it does</th><th>Role</th></tr>',
    ...rows,
    '</table></html>',
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
