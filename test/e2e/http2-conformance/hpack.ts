import { Buffer } from 'node:buffer'
import { CODE, headers, integer, SETTING } from '../../harness/http2-frames.ts'
import { type Case, connectionError } from './expectations.ts'
import { bytes, getBlock } from './requests.ts'

const ERROR = connectionError(CODE.compression)
const behind = (hex: string) => headers(1, Buffer.concat([getBlock(), bytes(hex)]))
const TABLE_UPDATE = 0x20

/** RFC 7541: what cannot be decoded. */
export const HPACK: readonly Case[] = [
  ['2.3.3', 'an index behind the tables', behind('c6'), ERROR],
  ['2.3.3', 'a literal whose name has an index behind the tables', behind('7f0700'), ERROR],
  ['4.2', 'a change of the size of the table behind the fields', behind('21'), ERROR],
  ['5.2', 'more than 7 bits of padding', behind('00 85f2b24a84ff 8449509fff'), ERROR],
  ['5.2', 'padding of zeroes', behind('00 85f2b24a84ff 83495090'), ERROR],
  ['5.2', 'EOS in a string', behind('00 85f2b24a84ff 874951fffffffa7f'), ERROR],
  ['6.1', 'index 0', behind('80'), ERROR],
  [
    '6.3',
    'a table larger than announced',
    ({ announced }) => {
      const size = (announced.get(SETTING.tableSize) ?? 4096) + 1
      return headers(1, Buffer.concat([integer(31, size, TABLE_UPDATE), getBlock()]))
    },
    ERROR,
  ],
]
