import { fileURLToPath } from 'node:url'
import { bundleLibrary } from '../../../../sandbox/bundle/library.ts'
import { HOSTED, PORTABLE, SYMBOL } from './portable.ts'

const GUEST = fileURLToPath(new URL('./guest/', import.meta.url))
const NATIVE = fileURLToPath(new URL('../../../plugin.ts', import.meta.url))
const VERSION_FILE = '../../base/version.ts'

/**
 * `gateway/plugin` as scripts have it, as one script: the gateway's own sources where these need
 * nothing of Node, else what asks the host instead.
 */
export function portableSource(version: string): Promise<string> {
  const own = Object.entries(HOSTED).map(([name, file]) => {
    return `export { ${name} } from ${JSON.stringify(file)}`
  })
  const source = { source: `export const VERSION = ${JSON.stringify(version)}` }
  return bundleLibrary({
    symbol: SYMBOL,
    source: [`export { ${PORTABLE.join()} } from 'gateway/plugin'`, ...own].join('\n'),
    folder: GUEST,
    instead: {
      'gateway/plugin': NATIVE,
      'node:buffer': `${GUEST}buffer.ts`,
      'node:net': `${GUEST}net.ts`,
      // The version of the gateway is told when this is made: there is no file to read.
      [VERSION_FILE]: source,
      './base/version.ts': source,
    },
  })
}
