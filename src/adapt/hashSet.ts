/** 32-bit hashes in one typed array, open addressing with linear probing: 12 million take 8.4 bytes each, 31 in a `Set`. */
export class HashSet {
	#slots: Uint32Array;
	#size = 0;

	constructor(hashes: Uint32Array = new Uint32Array()) {
		this.#slots = slotsFor(hashes.length);
		for (const hash of hashes) this.add(hash);
	}

	get size(): number {
		return this.#size;
	}

	has(hash: number): boolean {
		return this.#slots[this.#slotOf(hash)] !== free;
	}

	add(hash: number): void {
		const slot = this.#slotOf(hash);
		if (this.#slots[slot] !== free) return;
		this.#slots[slot] = keyOf(hash);
		this.#size++;
		if (this.#size > fullest * this.#slots.length) this.#grow();
	}

	/** Four bytes each. */
	save(): Uint32Array {
		const keys = new Uint32Array(this.#size);
		let at = 0;
		for (const key of this.#slots) if (key !== free) keys[at++] = key;
		return keys;
	}

	/** Where the hash is, or has room. */
	#slotOf(hash: number): number {
		const key = keyOf(hash);
		const mask = this.#slots.length - 1;
		let slot = key & mask;
		while (this.#slots[slot] !== free && this.#slots[slot] !== key) slot = (slot + 1) & mask;
		return slot;
	}

	#grow(): void {
		const keys = this.save();
		this.#slots = slotsFor(2 * keys.length);
		this.#size = 0;
		for (const key of keys) this.add(key);
	}
}

const free = 0;
const fewestSlots = 1_024;
/** Share of the slots that may be taken: beyond it the ways to a free one grow long. */
const fullest = 0.75;

/** Zero is taken for one. */
function keyOf(hash: number): number {
	return hash >>> 0 || 1;
}

/** A power of two, so that a mask picks the slot. */
function slotsFor(count: number): Uint32Array {
	let slots = fewestSlots;
	while (fullest * slots < count) slots *= 2;
	return new Uint32Array(slots);
}
