/** OpenSSL's names of the ciphers that clients offer today, by code point (IANA, TLS Cipher Suites). */
const CIPHERS: ReadonlyMap<number, string> = new Map([
  [0x002f, 'AES128-SHA'],
  [0x0032, 'DHE-DSS-AES128-SHA'],
  [0x0033, 'DHE-RSA-AES128-SHA'],
  [0x0035, 'AES256-SHA'],
  [0x0038, 'DHE-DSS-AES256-SHA'],
  [0x0039, 'DHE-RSA-AES256-SHA'],
  [0x003c, 'AES128-SHA256'],
  [0x003d, 'AES256-SHA256'],
  [0x0040, 'DHE-DSS-AES128-SHA256'],
  [0x0067, 'DHE-RSA-AES128-SHA256'],
  [0x006a, 'DHE-DSS-AES256-SHA256'],
  [0x006b, 'DHE-RSA-AES256-SHA256'],
  [0x009c, 'AES128-GCM-SHA256'],
  [0x009d, 'AES256-GCM-SHA384'],
  [0x009e, 'DHE-RSA-AES128-GCM-SHA256'],
  [0x009f, 'DHE-RSA-AES256-GCM-SHA384'],
  [0x00a2, 'DHE-DSS-AES128-GCM-SHA256'],
  [0x00a3, 'DHE-DSS-AES256-GCM-SHA384'],
  [0x00ff, 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV'],
  [0x1301, 'TLS_AES_128_GCM_SHA256'],
  [0x1302, 'TLS_AES_256_GCM_SHA384'],
  [0x1303, 'TLS_CHACHA20_POLY1305_SHA256'],
  [0xc009, 'ECDHE-ECDSA-AES128-SHA'],
  [0xc00a, 'ECDHE-ECDSA-AES256-SHA'],
  [0xc013, 'ECDHE-RSA-AES128-SHA'],
  [0xc014, 'ECDHE-RSA-AES256-SHA'],
  [0xc023, 'ECDHE-ECDSA-AES128-SHA256'],
  [0xc024, 'ECDHE-ECDSA-AES256-SHA384'],
  [0xc027, 'ECDHE-RSA-AES128-SHA256'],
  [0xc028, 'ECDHE-RSA-AES256-SHA384'],
  [0xc02b, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  [0xc02c, 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  [0xc02f, 'ECDHE-RSA-AES128-GCM-SHA256'],
  [0xc030, 'ECDHE-RSA-AES256-GCM-SHA384'],
  [0xc050, 'ARIA128-GCM-SHA256'],
  [0xc051, 'ARIA256-GCM-SHA384'],
  [0xc052, 'DHE-RSA-ARIA128-GCM-SHA256'],
  [0xc053, 'DHE-RSA-ARIA256-GCM-SHA384'],
  [0xc056, 'DHE-DSS-ARIA128-GCM-SHA256'],
  [0xc057, 'DHE-DSS-ARIA256-GCM-SHA384'],
  [0xc05c, 'ECDHE-ECDSA-ARIA128-GCM-SHA256'],
  [0xc05d, 'ECDHE-ECDSA-ARIA256-GCM-SHA384'],
  [0xc060, 'ECDHE-ARIA128-GCM-SHA256'],
  [0xc061, 'ECDHE-ARIA256-GCM-SHA384'],
  [0xc09c, 'AES128-CCM'],
  [0xc09d, 'AES256-CCM'],
  [0xc09e, 'DHE-RSA-AES128-CCM'],
  [0xc09f, 'DHE-RSA-AES256-CCM'],
  [0xc0a0, 'AES128-CCM8'],
  [0xc0a1, 'AES256-CCM8'],
  [0xc0a2, 'DHE-RSA-AES128-CCM8'],
  [0xc0a3, 'DHE-RSA-AES256-CCM8'],
  [0xc0ac, 'ECDHE-ECDSA-AES128-CCM'],
  [0xc0ad, 'ECDHE-ECDSA-AES256-CCM'],
  [0xc0ae, 'ECDHE-ECDSA-AES128-CCM8'],
  [0xc0af, 'ECDHE-ECDSA-AES256-CCM8'],
  [0xcca8, 'ECDHE-RSA-CHACHA20-POLY1305'],
  [0xcca9, 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  [0xccaa, 'DHE-RSA-CHACHA20-POLY1305'],
])

/** Names of groups by code point (IANA, TLS Supported Groups), as OpenSSL has them. */
const GROUPS: ReadonlyMap<number, string> = new Map([
  [0x0017, 'prime256v1'],
  [0x0018, 'secp384r1'],
  [0x0019, 'secp521r1'],
  [0x001d, 'X25519'],
  [0x001e, 'X448'],
  [0x0100, 'ffdhe2048'],
  [0x0101, 'ffdhe3072'],
  [0x0102, 'ffdhe4096'],
  [0x0103, 'ffdhe6144'],
  [0x0104, 'ffdhe8192'],
  [0x11ec, 'X25519MLKEM768'],
])

/** `name:name:0x1301`, for those that are not known. */
export function cipherNames(points: readonly number[]): string {
  return namesOf(points, CIPHERS)
}

/** The same for groups. */
export function groupNames(points: readonly number[]): string {
  return namesOf(points, GROUPS)
}

function namesOf(points: readonly number[], names: ReadonlyMap<number, string>): string {
  return points
    .map((each) => names.get(each) ?? `0x${each.toString(16).padStart(4, '0')}`)
    .join(':')
}
