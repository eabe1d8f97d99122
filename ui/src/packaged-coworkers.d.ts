// Made by tools/sample.ts of the packages in marketplace/.
declare module 'virtual:coworkers' {
    export type CoworkerPackage = {
        /** The files as POST /package/install takes them. */
        files: Record<string, string>;
        /** A document to try it with. */
        sample: { name: string; base64: string } | null;
    };
    export type PackagedCoworker = {
        id: string;
        name: string;
        version: string;
        category: string;
        role: string;
        description: string;
        permissions: string[];
        load: () => Promise<CoworkerPackage>;
    };
    export const coworkers: PackagedCoworker[];
}
