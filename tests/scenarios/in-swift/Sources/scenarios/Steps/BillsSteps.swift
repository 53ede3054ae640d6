import Foundation
import Rabt
import RabtTown

/// The bills and the accounts, as they are on the screen.
let billSteps: [Step] = [
    Step("the bills are refreshed") { stage, _ in
        stage.report = nil
        try await stage.act { stage.report = try await stage.rabt.bills.refresh() }
    },
    Step("the bills of {string} are refreshed") { stage, said in
        stage.report = nil
        try await stage.act { stage.report = try await stage.rabt.bills.refresh([said.text(0)]) }
    },
    Step("every agency answered") { stage, _ in try mustEqual(try silent(stage), []) },
    Step("every agency answered but {string}") { stage, said in try mustEqual(try silent(stage), [said.text(0)]) },
    Step("no agency answered") { stage, _ in try mustEqual(try known(stage.report, "a refresh").answered, 0) },
    Step("{string} is up to date") { stage, said in
        let freshness = try await freshness(stage, said.text(0))
        try must(freshness.succeededAt != nil && freshness.error == nil, "\(freshness)")
    },
    Step("{string} is out of date because of {string}") { stage, said in
        try mustEqual(try await freshness(stage, said.text(0)).error, said.text(1))
    },
    Step("{int} bills are open") { stage, said in
        try mustEqual(Int(try await stage.rabt.bills.summary().total.count), try said.int(0))
    },
    Step("{string} is owed") { stage, said in
        try mustEqual(try await stage.rabt.bills.summary().total.total, try amount(said.text(0)))
    },
    Step("{int} bills are overdue") { stage, said in
        try mustEqual(Int(try await stage.rabt.bills.summary().total.overdue), try said.int(0))
    },
    Step("the open bills are shown, {int} at a time") { stage, said in
        try await show(stage, BillQuery(limit: Int32(try said.int(0))))
    },
    Step("the closed bills are shown, {int} at a time") { stage, said in
        try await show(stage, BillQuery(standing: .closed, order: .dueLast, limit: Int32(try said.int(0))))
    },
    Step("the open bills are searched for {string}") { stage, said in
        try await show(stage, BillQuery(search: said.text(0)))
    },
    Step("{int} bills are on the screen") { stage, said in try mustEqual(stage.shown.count, try said.int(0)) },
    Step("these bills are on the screen:") { stage, said in try mustEqual(stage.shown.map(\.key), try keys(said)) },
    Step("the bill {string} of {string} is {string}") { stage, said in
        try mustEqual(words(try await stage.bill(said.text(0), said.text(1)).status), said.text(2))
    },
    Step("the bill {string} of {string} costs {string} and is due on {string}") { stage, said in
        let bill = try await stage.bill(said.text(0), said.text(1))
        try mustEqual(bill.amount, try amount(said.text(2)))
        try mustEqual(bill.dueOn.description, said.text(3))
    },
    Step("the bill {string} of {string} is called {string} and {string}") { stage, said in
        let title = try await stage.bill(said.text(0), said.text(1)).title
        try mustEqual([title.en, title.ar], [said.text(2), said.text(3)])
    },
    Step("no bill {string} of {string} is known") { stage, said in
        let bill = try await stage.rabt.bills.get(BillKey(agencyId: said.text(1), billId: said.text(0)))
        try must(bill == nil, "it is known")
    },
    Step("the {string} of {string} is added by hand:") { stage, said in
        let fields = Dictionary(uniqueKeysWithValues: try said.rows())
        try await stage.act { try await stage.rabt.accounts.add(agencyId: said.text(1), kind: said.text(0), fields: fields) }
    },
    Step("{int} accounts are known") { stage, said in
        try mustEqual(try await stage.rabt.accounts.list().count, try said.int(0))
    },
]

private func show(_ stage: Stage, _ query: BillQuery) async throws {
    stage.shown = []
    try await stage.act { stage.shown = try await stage.rabt.bills.page(query).bills }
}

/// Those that didn't answer.
private func silent(_ stage: Stage) throws -> [String] {
    let agencies = try known(stage.report, "a refresh").agencies
    try must(!agencies.isEmpty, "nobody was asked")
    return agencies.filter { if case .failed = $0.outcome { true } else { false } }.map(\.agencyId)
}

private func freshness(_ stage: Stage, _ agency: String) async throws -> Freshness {
    try known(try await stage.rabt.agencies.list().first { $0.id == agency }?.freshness, "it was asked")
}

/// The bills of a table.
func keys(_ said: Said) throws -> [BillKey] { try said.rows().map { BillKey(agencyId: $0, billId: $1) } }
