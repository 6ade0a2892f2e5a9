import { readFileSync } from 'node:fs'
import { definePlugin, defineVariable, directive, parseIP, unmappedIP } from 'gateway/plugin'
import { parseTable, type Table } from './table.ts'

/** A variable by the client's address, from a CSV file. */
export default definePlugin({
  name: 'geoip-csv',
  doc: 'Looks up the client’s address in a table of networks.',
  directives: {
    geoip_csv: directive<void>({
      in: ['http'],
      default: undefined,
      doc: 'Defines a variable that is what a CSV file (network,value) says of the client’s address: that of the smallest network it is in, empty where there is none.',
      usage: 'file $variable',
      min: 2,
      max: 2,
      repeat: true,
      inherits: 'never',
      read: (entry) => {
        const [name = '', variable = ''] = entry.args
        defineVariable(entry, variable, () => {
          const table = load(entry.path(name, 'file'), (text) => entry.fail(text))
          return {
            get: (x) => {
              const address = parseIP(x.client.address)
              return address ? table.find(unmappedIP(address)) : ''
            },
          }
        })
      },
    }),
  },
})

/** Read when the configuration is: a reload takes a new file up, all at once. */
function load(path: string, fail: (text: string) => never): Table {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return fail(`"${path}" cannot be read: ${(error as Error).message}`)
  }
  return parseTable(text, (line, what) => fail(`${path}:${line}: ${what}`))
}
