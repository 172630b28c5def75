/** The work of CountPrimesTool: the sieve of Eratosthenes. */
export function run({ below }: { readonly below: number }): string {
  const composite = new Uint8Array(below);
  let count = 0;
  for (let number = 2; number < below; number++) {
    if (composite[number]) continue;
    count += 1;
    for (let multiple = number * number; multiple < below; multiple += number) composite[multiple] = 1;
  }
  return `There are ${count} prime numbers below ${below}.`;
}
