#if canImport(SwiftUI)
    import DemoModel
    import Rabt
    import SwiftUI

    /// The open bills of all agencies, and paying one.
    struct BillsView: View {
        let model: DemoModel

        var body: some View {
            List {
                if model.isOffline { Label(model.text(Words.offline), systemImage: "wifi.slash") }
                if !model.silent.isEmpty {
                    Text("\(model.text(Words.silent)): \(model.silent.map(model.text).formatted(.list(type: .and)))")
                        .foregroundStyle(.secondary)
                }
                Section(heading) {
                    if model.bills.isEmpty { Text(model.text(Words.noBills)) }
                    ForEach(model.bills, id: \.key) { bill in BillRow(model: model, bill: bill) }
                }
            }
            .refreshable { await model.refresh() }
            .navigationTitle(model.person.map(model.text) ?? model.text(Words.title))
            .toolbar {
                ToolbarItem(placement: .primaryAction) { LanguageButton(model: model) }
                ToolbarItem(placement: .cancellationAction) {
                    Button(model.text(Words.signOut)) { Task { await model.signOut() } }
                }
            }
            .confirmationDialog(price, isPresented: isQuoted, titleVisibility: .visible) {
                Button(model.text(Words.pay)) { Task { await model.pay() } }
                Button(model.text(Words.notNow), role: .cancel) { model.decline() }
            }
        }

        private var heading: String {
            let owed = model.owed.map { model.text($0.total) } ?? ""
            return "\(model.text(Words.openBills)) · \(owed)"
        }

        private var price: String { model.quote.map { model.text($0.total) } ?? "" }

        private var isQuoted: Binding<Bool> {
            Binding {
                model.quote != nil
            } set: { shown in
                if !shown { model.decline() }
            }
        }
    }

    struct BillRow: View {
        let model: DemoModel
        let bill: Bill

        var body: some View {
            HStack {
                VStack(alignment: .leading) {
                    Text(model.text(bill.title))
                    Text("\(model.issuer(of: bill)) · \(model.text(Words.due)) \(model.text(bill.dueOn))")
                        .font(.caption)
                        .foregroundStyle(.secondary)
                }
                Spacer()
                Button(model.text(bill.amount)) { Task { await model.choose(bill) } }
                    .buttonStyle(.bordered)
                    .disabled(!bill.payable || model.isBusy)
            }
        }
    }
#endif
