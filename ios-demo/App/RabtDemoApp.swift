// The app around the package, for a project in Xcode that depends on `ios-demo`; README.md says what else it needs.
import AuthenticationServices
import DemoModel
import DemoScreens
import Rabt
import SwiftUI

@main
struct RabtDemoApp: App {
    @State private var model: DemoModel?
    @State private var trouble: String?

    var body: some Scene {
        WindowGroup {
            if let model {
                DemoView(model: model)
            } else if let trouble {
                Text(trouble).padding()
            } else {
                ProgressView().task { await begin() }
            }
        }
    }

    private func begin() async {
        do {
            let folder = URL.applicationSupportDirectory.appending(path: "rabt")
            let control = ProcessInfo.processInfo.environment["RABT_CONTROL"] ?? "http://127.0.0.1:7403"
            guard let control = URL(string: control) else { return trouble = "RABT_CONTROL is no address" }
            let config = try await DemoCity.config(control: control, folder: folder, language: .en)
            let rabt = try await Rabt.open(config, secrets: KeychainSecretStore(service: "city.rabt.demo"))
            model = DemoModel(rabt: rabt, browser: WebSession())
        } catch {
            trouble = error.localizedDescription
        }
    }
}

/// The system's own browser window for signing in: the app sees neither what is typed nor the page's cookies.
@MainActor
final class WebSession: NSObject, Browser, ASWebAuthenticationPresentationContextProviding {
    private var session: ASWebAuthenticationSession?

    func open(_ page: URL) async throws -> URL {
        try await withCheckedThrowingContinuation { continuation in
            let session = ASWebAuthenticationSession(url: page, callbackURLScheme: "rabt-demo") { cameBack, error in
                if let cameBack {
                    continuation.resume(returning: cameBack)
                } else if (error as? ASWebAuthenticationSessionError)?.code == .canceledLogin {
                    continuation.resume(throwing: CancellationError())
                } else {
                    continuation.resume(throwing: error ?? CancellationError())
                }
            }
            session.presentationContextProvider = self
            self.session = session
            if !session.start() { continuation.resume(throwing: CancellationError()) }
        }
    }

    func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor { ASPresentationAnchor() }
}
