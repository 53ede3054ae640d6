import Foundation
import Rabt

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A city that `cargo xtask sandbox` runs on the developer's machine.
public enum DemoCity {
    /// What the demo is built with for the city whose control is at this address (`http://127.0.0.1:7403`, say), with its files in a folder.
    ///
    /// A real app has all of this built in: nothing that decides whom it trusts may come from the network.
    public static func config(control: URL, folder: URL, language: Language) async throws -> Config {
        let (answer, _) = try await URLSession.shared.data(from: control.appendingPathComponent("v1/city"))
        let city = try JSONDecoder().decode(Introduction.self, from: answer)
        let keys = try JSONSerialization.jsonObject(with: answer) as? [String: Any]
        let keySet = try JSONSerialization.data(withJSONObject: ["keys": [keys?["directory_key"] ?? [:]]])
        return Config(
            dataDir: folder.path,
            gatewayUrl: city.gateway,
            issuer: city.identity,
            clientId: city.client_id,
            redirectUri: city.redirect_uri,
            instrumentReturnUri: "rabt-demo:/linked",
            directoryKeysJson: String(decoding: keySet, as: UTF8.self),
            extraRootsPem: [city.ca_pem],
            language: language)
    }

    private struct Introduction: Decodable {
        let gateway: String
        let identity: String
        let client_id: String
        let redirect_uri: String
        let ca_pem: String
    }
}
