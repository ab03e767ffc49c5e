// Keeps every server of this process on loopback: dev-env names no host, which means all interfaces.
const net = require("net");
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (target, ...rest) {
    const callbacks = rest.filter((argument) => typeof argument === "function");
    if (target && typeof target === "object" && "port" in target) {
        return listen.call(this, {...target, host: "127.0.0.1"}, ...callbacks);
    }
    if (/^\d+$/.test(String(target))) {
        return listen.call(
            this,
            {port: Number(target), host: "127.0.0.1"},
            ...callbacks
        );
    }
    return listen.call(this, target, ...rest);
};
