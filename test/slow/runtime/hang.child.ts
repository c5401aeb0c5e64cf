/** A driver that never comes back, and keeps the thread. */
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
