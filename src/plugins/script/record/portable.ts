/** Where `gateway/plugin` is in an image: where bundles of installed plugins look for it, too. */
export const SYMBOL = 'gateway/plugin'

/** What `gateway/plugin` offers in the sandbox as it is natively. */
export const PORTABLE = [
  'ConfigError',
  'Fields',
  'GatewayError',
  'Head',
  'PHASES',
  'Replacement',
  'SCOPES',
  'STAGES',
  'VERSION',
  'byteString',
  'bytesOfIP',
  'constant',
  'directive',
  'escapePath',
  'flag',
  'formatHttpDate',
  'forwardedFor',
  'isInNetwork',
  'isToken',
  'lastOfNetwork',
  'mainOf',
  'mayTrail',
  'number',
  'oneOf',
  'parseHttpDate',
  'parseIP',
  'parseIPNetwork',
  'parseIPv4',
  'parseSize',
  'parseTarget',
  'parseTime',
  'pluginFailed',
  'readNumber',
  'readSize',
  'readTime',
  'reasonOf',
  'replaceByStatus',
  'sameName',
  'size',
  'template',
  'text',
  'time',
  'trimBlanks',
  'unmappedIP',
] as const

/** What does the same by asking the host, and where; paths are relative to the guest's part. */
export const HOSTED = {
  capture: './kept.ts',
  definePlugin: './define-plugin.ts',
  defineVariable: './definitions.ts',
  nextByWeight: './peers.ts',
  requestValue: './kept.ts',
  uncapture: './kept.ts',
} as const

const FILES = 'there is no file system in the sandbox'
const UPSTREAMS = 'a record asks no upstreams; a script can, with fetch and a binding'
const ZONES = 'there are no shared zones in the sandbox'
const PROCESS = 'a record knows nothing of the process it runs in'
const KERNEL = 'the kernel writes that itself, and a record only says what'
const CLOCK = 'use performance.now()'

/** Why the rest of `gateway/plugin` is not there in the sandbox. */
export const ABSENT: Readonly<Record<string, string>> = {
  AppendingFile: FILES,
  IGNORABLE_FIELDS: UPSTREAMS,
  KeptBody: KERNEL,
  NEXT_CONDITIONS: UPSTREAMS,
  PacedSink: 'there is no pace in the sandbox',
  carryChallenges: KERNEL,
  clientClosed: KERNEL,
  codeOf: FILES,
  collectBody: 'use x.body.bytes()',
  contentType: 'write the type into head.type',
  declareZone: ZONES,
  describeSystemError: FILES,
  dynamicSize: 'use readSize, or a template and parseSize',
  fieldFates: UPSTREAMS,
  fileChanged: FILES,
  filePath: FILES,
  findUpstream: UPSTREAMS,
  foreignTarget: 'a record redirects nothing inside the gateway',
  forward: UPSTREAMS,
  http1: UPSTREAMS,
  keepBody: KERNEL,
  lastingOf: 'a record’s runs end with their requests by themselves',
  limitRate: 'there is no pace in the sandbox',
  openLogFile: FILES,
  openable: FILES,
  passFields: UPSTREAMS,
  pluginCounts: PROCESS,
  readBind: UPSTREAMS,
  requestLineOf: 'put it together of x.askedMethod, x.target and x.version',
  sharedZones: ZONES,
  statsOf: FILES,
  steadyTime: CLOCK,
  streamedBody: UPSTREAMS,
  tempPath: FILES,
  totalCounts: PROCESS,
  unpassedFields: UPSTREAMS,
  watchGc: PROCESS,
  workerVitals: PROCESS,
}
