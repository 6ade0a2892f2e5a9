import { startContender } from './compare.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { answers } from './probe.ts'
import { judge, type Section, type Verdict } from './section.ts'
import { median } from './statistics.ts'

const STARTS = 7
const TARGET = 250

/** How long it takes until the successor of a worker that was killed answers a request. */
export async function measureWorkerStart(fixtures: Fixtures): Promise<Section> {
  const lines: string[][] = []
  const verdicts: Verdict[] = []
  for (const name of ['gateway', 'nginx'] as const) {
    if (contenders[name].missing() !== undefined) continue
    const server = await startContender(name, { kind: 'return' }, fixtures)
    try {
      const times: number[] = []
      for (let i = 0; i < STARTS; i++) {
        const from = performance.now()
        for (const pid of server.workers) process.kill(pid, 'SIGKILL')
        // The listening socket is there all the time: the request waits in it.
        while (!(await answers(server.port, '/')));
        times.push(performance.now() - from)
      }
      lines.push([name, median(times).toFixed(0), Math.max(...times).toFixed(0)])
      if (name === 'gateway') {
        verdicts.push(judge('a worker starts in', median(times), { most: TARGET }, ' ms'))
      }
    } finally {
      await server.stop()
    }
  }
  return {
    name: 'worker-start',
    text: 'from the death of the only worker to the first answer of its successor',
    columns: ['server', 'median ms', 'longest ms'],
    lines,
    verdicts,
    notes: [],
  }
}
