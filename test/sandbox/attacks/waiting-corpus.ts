import { ASK } from '../engine/harness.ts'
import { type Attack, attacks } from './attack.ts'

/** Waits for something that comes in the next turn of the event loop. */
const WAIT = `await later(${ASK.later}, 0);`

/** Burns more than a slice. */
const BURN = 'for (let i = 0, n = 0; i < 14_000; i++) n = (n * 31 + i) | 0;'

/** As much that has to be kept while it waits. */
const heap = (bytes: number) => `const mine = new Uint8Array(${bytes}).fill(7);`

/**
 * Runs that do nothing but wait, or next to nothing: what they take is what it takes to keep them,
 * to wake them, and to move them between the event loop and a thread.
 */
export const WAITING_ATTACKS: readonly Attack[] = attacks('cpu', {
  'waiting over and over': `for (;;) ${WAIT}`,
  'waiting for many at once': `for (;;) await Promise.all(Array.from({ length: 100 }, () => later(${ASK.later}, 0)))`,
  'waiting behind a long turn': `${BURN} for (;;) ${WAIT}`,
  'waiting with 300 KB': `${heap(300_000)} ${BURN} for (;;) ${WAIT}`,
  'waiting with 1 MB': `${heap(1_000_000)} ${BURN} for (;;) ${WAIT}`,
  'waiting with 8 MB': `${heap(8_000_000)} ${BURN} for (;;) ${WAIT}`,
  'waiting with 20 MB': `${heap(20_000_000)} ${BURN} for (;;) ${WAIT}`,
  'waiting with many objects': `const all = Array.from({ length: 20000 }, (_, i) => ({ i }))
    for (;;) { for (let i = 0; i < 20000; i += 67) all[i].i++; ${WAIT} }`,
  'long turns': `for (;;) { ${BURN} ${WAIT} }`,
  'long turns with 1 MB': `${heap(1_000_000)} for (;;) { ${BURN} ${WAIT} }`,
  'long turns with 20 MB': `${heap(20_000_000)} for (;;) { ${BURN} ${WAIT} }`,
  'long turns, and short ones to come back by': `for (;;) { ${BURN} for (let i = 0; i < 4; i++) ${WAIT} }`,
  'the same with 1 MB': `${heap(1_000_000)} for (;;) { ${BURN} for (let i = 0; i < 4; i++) ${WAIT} }`,
  'half a slice before each long turn': `for (;;) {
    for (let i = 0; i < 40; i++) { for (let n = 0; n < 150; n++); ${WAIT} }
    ${BURN} for (let i = 0; i < 4; i++) ${WAIT} }`,
  'memory that is let go and taken again': `for (;;) { new Uint8Array(1_000_000).fill(7); ${WAIT} }`,
  'a journal that fills up': `const text = 'x'.repeat(100_000); for (;;) { await later(${ASK.later}, text) }`,
  'a clock that is read into the journal': `for (;;) { for (let i = 0; i < 100; i++) Date.now(); ${WAIT} }`,
})
