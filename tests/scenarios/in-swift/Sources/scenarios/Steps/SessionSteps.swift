import Foundation
import Rabt
import RabtTown

/// Signing in and out, and what the person agreed to.
let sessionSteps: [Step] = [
    Step("{string} signs in") { stage, said in try await signIn(stage, said.text(0), "approve") },
    Step("{string} opens the sign-in page and cancels") { stage, said in try await signIn(stage, said.text(0), "refuse") },
    Step("{string} confirms with the second factor") { stage, said in
        guard case .stepUpRequired(let acr, _) = stage.expected else { throw Failed("nothing asked for a second factor") }
        try await stage.act {
            let page = try await stage.rabt.session.beginStepUp(acr: acr)
            let cameBack = try await stage.city.visit(page.absoluteString, said.text(0), "approve_with_second_factor")
            try await stage.rabt.session.complete(cameBack)
        }
    },
    Step("the address {string} comes back from a page") { stage, said in
        let url = try known(URL(string: said.text(0)), "an address")
        try await stage.act { try await stage.rabt.session.complete(url) }
    },
    Step("the person signs out") { stage, _ in try await stage.act { try await stage.rabt.session.signOut() } },
    Step("{string} or {string} is signed in") { stage, said in
        guard case .signedIn(let name?, _) = try await stage.rabt.session.state() else { throw Failed("nobody is signed in") }
        try mustEqual([name.en, name.ar], [said.text(0), said.text(1)])
    },
    Step("nobody is signed in") { stage, _ in
        guard case .signedOut = try await stage.rabt.session.state() else { throw Failed("somebody is signed in") }
    },
    Step("the person agrees to all agencies") { stage, _ in
        try await stage.act {
            try await stage.rabt.agencies.refresh()
            try await stage.rabt.agencies.consent(to: stage.rabt.agencies.list().map(\.id))
        }
    },
    Step("the person agrees to {string}") { stage, said in
        try await stage.act {
            try await stage.rabt.agencies.refresh()
            try await stage.rabt.agencies.consent(to: [said.text(0)])
        }
    },
    Step("the person no longer agrees to {string}") { stage, said in
        try await stage.act { try await stage.rabt.agencies.withdrawConsent(to: said.text(0)) }
    },
    Step("the list of agencies is refreshed") { stage, _ in
        try await stage.act { try await stage.rabt.agencies.refresh() }
    },
    Step("{int} agencies are listed") { stage, said in
        try mustEqual(try await stage.rabt.agencies.list().count, try said.int(0))
    },
    Step("{string} is listed as {string} and {string}") { stage, said in
        let agency = try await stage.rabt.agencies.list().first { $0.id == said.text(0) }
        let name = try known(agency, "it is listed").shortName
        try mustEqual([name.en, name.ar], [said.text(1), said.text(2)])
    },
]

private func signIn(_ stage: Stage, _ persona: String, _ intent: String) async throws {
    try await stage.act {
        let page = try await stage.rabt.session.beginSignIn()
        let cameBack = try await stage.city.visit(page.absoluteString, persona, intent)
        try await stage.rabt.session.complete(cameBack)
    }
}
