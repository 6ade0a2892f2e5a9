/** Texts that are wrong, and what nginx says of them; `FILE` stands for the path. */
export const MISTAKES: readonly (readonly [text: string, message: string])[] = [
  ['events {}\nfoo bar;', 'unknown directive "foo" in FILE:2'],
  ['events {}\nfoo {\n}', 'unknown directive "foo" in FILE:2'],
  ['events {}\nfoo\nbar\n;', 'unknown directive "foo" in FILE:4'],
  ['events {}\n"a b" c;', 'unknown directive "a b" in FILE:2'],
  ['events {}\n}', 'unexpected "}" in FILE:2'],
  ['events {}\nhttp {', 'unexpected end of file, expecting "}" in FILE:2'],
  ['events {}\nhttp {\n\n', 'unexpected end of file, expecting "}" in FILE:4'],
  ['events {}\nhttp', 'unexpected end of file, expecting ";" or "}" in FILE:2'],
  ['events {}\npid "x', 'unexpected end of file, expecting ";" or "}" in FILE:2'],
  ['events {}\npid x', 'unexpected end of file, expecting ";" or "}" in FILE:2'],
  ['events {}\n;', 'unexpected ";" in FILE:2'],
  ['events {}\n{', 'unexpected "{" in FILE:2'],
  ['events {\n worker_connections 10 }', 'unexpected "}" in FILE:2'],
  ['events {}\npid "x"y;', 'unexpected "y" in FILE:2'],
  ['events {}\npid "x"};', 'unexpected "}" in FILE:2'],
  ['events {}\nhttp;', 'directive "http" has no opening "{" in FILE:2'],
  [
    'events {}\nworker_processes 1 {}',
    'directive "worker_processes" is not terminated by ";" in FILE:2',
  ],
  [
    'events {}\nworker_processes 1 2;',
    'invalid number of arguments in "worker_processes" directive in FILE:2',
  ],
  [
    'events {}\nworker_processes;',
    'invalid number of arguments in "worker_processes" directive in FILE:2',
  ],
  [
    'events {}\nworker_processes 1;\nworker_processes 1;',
    '"worker_processes" directive is duplicate in FILE:3',
  ],
  ['events {}\nlisten 80;', '"listen" directive is not allowed here in FILE:2'],
  ['events {}\nevents {}', '"events" directive is duplicate in FILE:2'],
  ['events {}\nhttp {}\nhttp {}', '"http" directive is duplicate in FILE:3'],
  [
    'events {}\nhttp { worker_processes 1; }',
    '"worker_processes" directive is not allowed here in FILE:2',
  ],
  [
    'events {}\nhttp {\n server {\n location {\n} } }',
    'invalid number of arguments in "location" directive in FILE:4',
  ],
  [
    'events {}\nhttp { server { keepalive_timeout 1;\nkeepalive_timeout 1; } }',
    '"keepalive_timeout" directive is duplicate in FILE:3',
  ],
  ['events {}\nhttp { include; }', 'invalid number of arguments in "include" directive in FILE:2'],
  ['events {}\nhttp { include x {} }', 'directive "include" is not terminated by ";" in FILE:2'],
  [
    'events {}\nhttp { include DIR/none.conf; }',
    'open() "DIR/none.conf" failed (2: No such file or directory) in FILE:2',
  ],
  [
    'events {}\nhttp { include none.conf; }',
    'open() "DIR/none.conf" failed (2: No such file or directory) in FILE:2',
  ],
  [`events {}\npid ${'x'.repeat(5000)};`, 'too long parameter "xxxxxxxxxx..." started in FILE:2'],
  [
    `events {}\npid '${'x'.repeat(5000)}';`,
    'too long parameter, probably missing terminating "\'" character in FILE:2',
  ],
]
