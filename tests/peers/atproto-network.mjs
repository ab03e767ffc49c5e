import {TestNetwork} from "@atproto/dev-env";

const port = (name) => Number(process.env[`${name}_PORT`]);

const network = await TestNetwork.create({
    plc: {port: port("PLC")},
    ozone: {port: port("OZONE")},
    pds: {
        port: port("PDS"),
        hostname: "localhost",
        enableDidDocWithSession: true,
        rateLimitsEnabled: Boolean(process.env.RATE_LIMITS),
    },
    bsky: {
        dbPostgresSchema: "bsky",
        port: port("VIEW"),
        publicUrl: `http://localhost:${port("VIEW")}`,
    },
});
console.log("READY");

process.on("SIGTERM", async () => {
    try {
        await network.close();
    } finally {
        process.exit(0);
    }
});
