/** Words for `sh -c`: keeps a program as long as its stdin is open, so it ends with the test process, however that ends. */
export const LEASH = 'exec 3<&0; "$@" 3<&- </dev/null & server=$!; (cat <&3; kill -INT $server) >/dev/null 2>&1 & wait $server';
