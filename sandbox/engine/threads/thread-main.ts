import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { THREAD_PIECE, THREAD_REST } from '../limits.ts'
import { memoryOfState } from '../state.ts'
import type { Pace } from '../tank.ts'
import type { Reply } from './errand.ts'
import { GuestThread } from './guest-thread.ts'
import type { CallMessage, ErrandMessage, ThreadStart } from './messages.ts'

// A thread that runs guests: it takes errands, and waits for each answer it asks for.
const port = parentPort
const { signal } = workerData as ThreadStart

/** Lets go of the processor for a moment. */
const pace: Pace = { piece: THREAD_PIECE, rest: () => void Atomics.wait(NOBODY, 0, 0, THREAD_REST) }

/** A word that nobody changes. */
const NOBODY = new Int32Array(new SharedArrayBuffer(4))

if (port) {
  const thread = new GuestThread(ask, pace)
  port.on('message', (errand: ErrandMessage) => {
    const end = thread.take(errand)
    const state = end.kind === 'ended' ? end.state : undefined
    port.postMessage(end, state ? memoryOfState(state) : [])
  })
}

function ask(call: CallMessage): Reply {
  const seen = Atomics.load(signal, 0)
  port?.postMessage(call)
  for (;;) {
    const received = port && receiveMessageOnPort(port)
    if (received) return received.message as Reply
    Atomics.wait(signal, 0, seen)
  }
}
