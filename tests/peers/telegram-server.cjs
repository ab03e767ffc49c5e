// usage: telegram-server.cjs PORT TOKEN
// The emulator, with what it lacks put in front as Telegram documents it: an offset
// confirms what came before it and nothing else does, there is nothing to fetch while a
// webhook is set, and a token of no bot is refused.
const TelegramServer = require("telegram-test-api");

const [port, token] = process.argv.slice(2);
const hour = 3600;
const server = new TelegramServer({
    port: Number(port),
    host: "127.0.0.1",
    storage: "RAM",
    storeTimeout: hour,
});

function refuse(response, code, description) {
    response.writeHead(code, {"Content-Type": "application/json"});
    response.end(JSON.stringify({ok: false, error_code: code, description}));
}

function give(response, result) {
    response.writeHead(200, {"Content-Type": "application/json"});
    response.end(JSON.stringify({ok: true, result}));
}

function updates(query) {
    const offset = Number(query.get("offset") || 0);
    const storage = server.storage;
    storage.userMessages = storage.userMessages.filter((u) => u.updateId >= offset);
    return storage.userMessages
        .slice(0, Number(query.get("limit") || 100))
        .map((update) => TelegramServer.formatUpdate(update));
}

const emulator = server.webServer;
server.webServer = (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const [, bot, method] = url.pathname.split("/");
    if (!bot.startsWith("bot")) return emulator(request, response);
    if (bot !== `bot${token}`) return refuse(response, 401, "Unauthorized");
    const webhook = server.webhooks[token];
    if (method === "getWebhookInfo") return give(response, {url: webhook?.url || ""});
    if (method !== "getUpdates") return emulator(request, response);
    if (webhook) {
        return refuse(
            response,
            409,
            "Conflict: can't use getUpdates method while webhook is active"
        );
    }
    return give(response, updates(url.searchParams));
};
server.webServer.settings = emulator.settings;
server.start().then(() => console.log("READY"));
