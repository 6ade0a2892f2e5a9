import { API_VERSION, NGINX_VERSION, VERSION } from '../base/version.ts'
import { configureArguments } from './configure-arguments.ts'

/** The text of `-v`. */
export function versionText(): string {
  return `gateway version: gateway/${VERSION}`
}

/**
 * The text of `-V`: also what plugins are written for, what it runs on, and, in nginx's words for
 * those who look for them, what is built in.
 */
export function detailsText(): string {
  const { node, openssl, uv, v8 } = process.versions
  return [
    versionText(),
    `nginx version: nginx/${NGINX_VERSION} (whose configurations it takes)`,
    `plugin API version ${API_VERSION}`,
    `running on Node ${node} (V8 ${v8}, libuv ${uv}), ${process.platform} ${process.arch}`,
    `built with OpenSSL ${openssl}`,
    'TLS SNI support enabled',
    `configure arguments: ${configureArguments().join(' ')}`,
  ].join('\n')
}
