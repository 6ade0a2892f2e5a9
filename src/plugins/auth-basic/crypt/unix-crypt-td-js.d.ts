declare module 'unix-crypt-td-js' {
  /** crypt(3) with DES: the hash of a password, with the two characters of the salt before it. */
  export default function crypt(password: string | number[], salt: string): string
}
