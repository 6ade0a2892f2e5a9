import { API_VERSION, VERSION } from '../base/version.ts'

/** The text of `-v`. */
export function versionText(): string {
  return `gateway version: gateway/${VERSION}`
}

/** The text of `-V`: also what plugins are written for, and what it runs on. */
export function detailsText(): string {
  const { node, openssl, uv, v8 } = process.versions
  return [
    versionText(),
    `plugin API version ${API_VERSION}`,
    `running on Node ${node} (V8 ${v8}, libuv ${uv}), ${process.platform} ${process.arch}`,
    `built with OpenSSL ${openssl}`,
  ].join('\n')
}
