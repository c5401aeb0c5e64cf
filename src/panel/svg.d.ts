/** The build puts the text of such a file where it is imported. */
declare module "*.svg" {
	const text: string;

	// biome-ignore lint/style/noDefaultExport: as the build does
	export { text as default };
}
