#!/usr/bin/env node
console.error("attune: not yet");
