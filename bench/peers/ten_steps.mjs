// Restate's side of the ten-step test: a handler that awaits ten durable steps, none of which does anything.
import * as restate from "@restatedev/restate-sdk";

const measured = restate.service({
    name: "measured",
    handlers: {
        tenSteps: async (ctx) => {
            for (let step = 0; step < 10; ++step) await ctx.run(`step ${step}`, () => step);
            return "done";
        },
    },
});

const port = Number(process.argv[2]);
await restate.serve({ services: [measured], port });
console.log(`answers at http://127.0.0.1:${port}`);
