import fc from 'fast-check'
import { test } from 'vitest'
import { same } from './same.ts'

test.each([
  'const s = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }); const seen = []; for await (const x of s) seen.push(x); return seen',
  'const s = ReadableStream.from([1, Promise.resolve(2), 3]); const seen = []; for await (const x of s) seen.push(x); return seen',
  'const [a, b] = new ReadableStream({ start(c) { c.enqueue(1); c.close() } }).tee(); const read = async (s) => { const seen = []; for await (const x of s) seen.push(x); return seen }; return [await read(a), await read(b)]',
  'const s = new ReadableStream({ type: "bytes", pull(c) { if (c.byobRequest) { c.byobRequest.view[0] = 7; c.byobRequest.respond(1) } } }); const r = s.getReader({ mode: "byob" }); const { value } = await r.read(new Uint8Array(4)); return [...value]',
  'const s = new ReadableStream({ type: "bytes", autoAllocateChunkSize: 2, pull(c) { c.byobRequest.view[0] = 9; c.byobRequest.respond(1); c.close() } }); const r = s.getReader(); const { value } = await r.read(); return [...value]',
  'const s = new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint8Array([1, 2, 3])); c.close() } }); const r = s.getReader({ mode: "byob" }); const seen = []; for (let i = 0; i < 3; i++) { const { value, done } = await r.read(new Uint8Array(2)); seen.push([...value], done) } return seen',
  'const seen = []; const w = new WritableStream({ write(x) { seen.push(x) }, close() { seen.push("end") } }); await ReadableStream.from(["a", "b"]).pipeTo(w); return seen',
  'const w = new WritableStream({ write() { throw new RangeError("full") } }); try { await ReadableStream.from([1]).pipeTo(w) } catch (e) { return e.message }',
  'const c = new AbortController(); let cancelled; const s = new ReadableStream({ pull() { c.abort("stop") }, cancel(r) { cancelled = r } }); const p = s.pipeTo(new WritableStream(), { signal: c.signal }); try { await p } catch (e) { return [e, cancelled] }',
  'const t = new TransformStream({ transform: (x, c) => c.enqueue(x * 2), flush: (c) => c.enqueue("end") }); const seen = []; for await (const x of ReadableStream.from([1, 2]).pipeThrough(t)) seen.push(x); return seen',
  'const s = new ReadableStream(); s.getReader(); try { s.getReader() } catch (e) { return [e.name, s.locked] }',
  'let why; const s = new ReadableStream({ cancel(r) { why = r } }); await s.cancel("bored"); return why',
  'const s = new ReadableStream({ start(c) { c.error(new RangeError("x")) } }); return s.getReader().read().catch((e) => e.name)',
  'const w = new WritableStream({}, new CountQueuingStrategy({ highWaterMark: 2 })).getWriter(); const seen = [w.desiredSize]; w.write(1); seen.push(w.desiredSize); return seen',
  'const w = new WritableStream({ write: () => new Promise(() => {}) }).getWriter(); w.write(1).catch(() => {}); w.abort("x"); return w.closed.catch((e) => e)',
  'const r = new ReadableStream({ start(c) { c.enqueue(1) } }).getReader(); r.releaseLock(); return r.read().catch((e) => e.name)',
  'return new ByteLengthQueuingStrategy({ highWaterMark: 5 }).size(new Uint8Array(3))',
  'return new ReadableStream({ type: "nope" })',
])('%s', (code) => same(code))

test('source, transform and sink each see what they see in Node', async () => {
  const chunk = fc.constantFrom('enqueue', 'wait', 'waitTwice')
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { maxLength: 6 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('close', 'error'),
      async (steps, readMark, writeMark, end) => {
        await same(
          `const { steps, readMark, writeMark, end } = values
          const seen = []
          let n = 0
          const source = new ReadableStream({
            async pull(c) {
              const step = steps[n++]
              seen.push('pull ' + n)
              if (step === 'wait' || step === 'waitTwice') await null
              if (step === 'waitTwice') await null
              if (step) c.enqueue(n)
              else if (end === 'error') c.error('broken')
              else c.close()
            },
          }, { highWaterMark: readMark })
          const sink = new WritableStream({
            async write(x, c) {
              seen.push('write ' + x)
              await null
            },
            close() { seen.push('close') },
            abort(why) { seen.push('abort ' + why) },
          }, { highWaterMark: writeMark })
          await source.pipeThrough(new TransformStream({ transform(x, c) { seen.push('through ' + x); c.enqueue(x) } }))
            .pipeTo(sink).then(() => seen.push('piped'), (why) => seen.push('broke ' + why))
          // How the three are interleaved, and how far each is when another breaks, is left open.
          const parts = end === 'close' ? ['pull', 'through', 'write|close|piped'] : ['abort|broke']
          return parts.map((of) => seen.filter((each) => each.match(of)).sort())`,
          { steps, readMark, writeMark, end },
        )
      },
    ),
    { numRuns: 100 },
  )
})
