import { readFileSync } from 'node:fs'

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** The gateway's version, from package.json. */
export const VERSION: string = manifest.version

/**
 * The version of the plugin API. It grows when something that plugins use is changed or taken away;
 * what is added only needs a newer gateway (`engines.gateway`).
 */
export const API_VERSION = 1

/** The version of nginx whose directives and manners are ours; `-V` names it to scripts that ask. */
export const NGINX_VERSION = '1.31.4'
