// Makes a client of the published SDK, which asks the proxy at once whether its key is good, and says what came of it.
const { ArmorIQClient } = require("@armoriq/sdk");

process.on("unhandledRejection", (problem) => {
  console.log(`refused: ${problem.name}: ${problem.message}`);
  process.exit(3);
});
new ArmorIQClient({ proxyEndpoint: process.argv[2], apiKey: process.argv[3], userId: "ada", agentId: "tests" });
