import { killEverywhere } from "#test/adapt/kill";
import { madeUpProject } from "#test/adapt/project";

describe("adapt/offline, killed and resumed", () => {
	it("ends with the same adapter at twenty moments from the first forward to the last answer", async () => {
		await killEverywhere(
			madeUpProject(12, 25),
			Array.from({ length: 20 }, (_, i) => 1 + 8 * i),
		);
	}).timeout(120_000);
});
