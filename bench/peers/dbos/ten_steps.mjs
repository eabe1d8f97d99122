// DBOS's side of the ten-step test: a workflow of ten durable steps, none of which does anything, behind Node's http.
//   node ten_steps.mjs DATABASE_URL
import { createServer } from "node:http";
import { DBOS } from "@dbos-inc/dbos-sdk";

const doNothing = (step) => async () => step;
const tenSteps = DBOS.registerWorkflow(
    async () => {
        for (let step = 0; step < 10; ++step) await DBOS.runStep(doNothing(step), { name: `step ${step}` });
        return "done";
    },
    { name: "tenSteps" },
);

DBOS.setConfig({ name: "measured", systemDatabaseUrl: process.argv[2], logLevel: "error" });
await DBOS.launch();
const server = createServer(async (request, response) => {
    request.resume();
    const body = JSON.stringify(await tenSteps());
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`answers at http://127.0.0.1:${server.address().port}`));
