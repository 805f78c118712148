//! Somebody has used the products' own programs so far: what those wrote is a sign-in for ours, at once and offline.

use crate::tool::Tool;

/// Product, file, what its published program writes there, and the token in it.
const WRITTEN: [(&str, &str, &str, &str); 6] = [
    (
        "almyty",
        "home/.almyty/credentials.json",
        "{\n  \"url\": \"https://api.almyty.com\",\n  \"token\": \"ak_live_abc123\",\n  \"email\": \"alice@example.com\",\n  \
         \"frontendUrl\": \"https://app.almyty.com\"\n}",
        "ak_live_abc123",
    ),
    (
        "arka",
        "home/.config/arka-code-nodejs/config.json",
        "{\n\t\"theme\": \"dark\",\n\t\"apiKey\": \"arka_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n}",
        "arka_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    (
        "arkor",
        "home/.arkor/credentials.json",
        "{\n  \"mode\": \"anon\",\n  \"token\": \"anon-token-1\",\n  \"anonymousId\": \"anon_42\",\n  \
         \"arkorCloudApiUrl\": \"https://api.arkor.ai\",\n  \"orgSlug\": \"anon-42\"\n}",
        "anon-token-1",
    ),
    (
        "arkor",
        "home/.arkor/credentials.json",
        "{\n  \"mode\": \"auth0\",\n  \"accessToken\": \"at-1\",\n  \"refreshToken\": \"rt-1\",\n  \"expiresAt\": 4102444800,\n  \
         \"auth0Domain\": \"auth.arkor.ai\",\n  \"audience\": \"https://api.arkor.ai\",\n  \"clientId\": \"client-1\"\n}",
        "at-1",
    ),
    (
        "armoriq",
        "home/.armoriq/credentials.json",
        "{\n  \"apiKey\": \"ak_live_0123456789abcdef\",\n  \"email\": \"alice@acme.com\",\n  \"userId\": \"u1\",\n  \
         \"orgId\": \"o1\",\n  \"savedAt\": \"2026-04-22T08:48:08.083249+00:00\"\n}\n",
        "ak_live_0123456789abcdef",
    ),
    (
        "tank",
        "home/.tank/config.json",
        "{\n  \"registry\": \"https://tank.dev\",\n  \"token\": \"tank_abc123xyz789\",\n  \"user\": {\n    \
         \"name\": \"john-doe\",\n    \"email\": \"john@example.com\"\n  }\n}\n",
        "tank_abc123xyz789",
    ),
];

#[test]
fn the_files_of_all_five_are_read_and_left_as_they_are() {
    for (product, file, text, token) in WRITTEN {
        let tool = Tool::called(product);
        let path = tool.write(file, text, 0o600);
        let said = tool.run(&["token", "--no-refresh"]);
        assert_eq!(said, format!("exit: 0\n--- stdout ---\n{token}\n"), "{product}");
        let header = tool.run(&["token", "--header"]);
        assert_eq!(header, format!("exit: 0\n--- stdout ---\nAuthorization: Bearer {token}\n"), "{product}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), text, "{product}");
    }
}

#[test]
fn a_helper_gives_them_to_the_products_own_server_alone() {
    for (product, file, text, token) in WRITTEN {
        let tool = Tool::called(product);
        tool.write(file, text, 0o600);
        let manifest = doorkey_manifest::Manifest::builtin(product).unwrap().unwrap();
        let origin = doorkey_manifest::Origin::with_path(&manifest.server.url).unwrap().0;
        let ask = |host: &str| {
            let input = format!("protocol={}\nhost={host}\n", origin.scheme().name());
            tool.run_with_input(&["helper", "git", "get"], &input)
        };
        let given = ask(&origin.authority());
        assert!(given.contains(&format!("password={token}\n")), "{product}: {given}");
        assert_eq!(ask(&format!("x.{}", origin.authority())), "exit: 0\n", "{product}");
    }
}
