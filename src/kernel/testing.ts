/**
 * `gateway/testing`: for the tests of a plugin, whoever wrote it. `underTest` sets a plugin up
 * with its directives, sends it requests and pours responses through its filters, with the
 * kernel's own exchange, phases and filter chain, but without processes and sockets.
 */
export { type Answer, type Opened, PluginUnderTest, underTest } from './testing/under-test.ts'
export { CollectingSink } from './testing/collecting-sink.ts'
export { type Faults, filterFaults } from './testing/filter-faults.ts'
export { FakePeers, fakePeer } from './testing/fake-peers.ts'
export type { RequestOptions } from './testing/fake-request.ts'
export type { ResponseOptions } from './testing/fake-response.ts'
export type { Setup } from './testing/fake-place.ts'
