// One process of several that use the same file: writes without end, and says what it has written.
import { KV_LIMITS } from '../../../../sandbox/host/kv/kv-limits.ts'
import { KvNamespace } from '../../../../sandbox/host/kv/kv-namespace.ts'
import { patternOf } from './pattern.ts'

const [file = '', name = '', count = ''] = process.argv.slice(2)
const namespace = new KvNamespace(file, KV_LIMITS)
process.stdout.write('open\n')
const none = { expires: undefined, metadata: undefined }

for (let i = 0; i < Number(count); i++) {
  const value = patternOf(name, i)
  await namespace.put(Buffer.from(`${name}-${i}`), value, none)
  await namespace.put(Buffer.from('shared'), value, none)
  // What is told has been stored, whatever happens to this process from now on.
  process.stdout.write(`${i}\n`)
}
namespace.close()
