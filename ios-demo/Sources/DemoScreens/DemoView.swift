#if canImport(SwiftUI)
    import DemoModel
    import Rabt
    import SwiftUI

    /// The demo: the sign-in screen until somebody is signed in, then the bills.
    public struct DemoView: View {
        @State private var model: DemoModel

        public init(model: DemoModel) { _model = State(initialValue: model) }

        public var body: some View {
            NavigationStack {
                switch model.isSignedIn {
                case nil: ProgressView()
                case false?: SignInView(model: model)
                case true?: BillsView(model: model)
                }
            }
            .environment(\.layoutDirection, model.language == .ar ? .rightToLeft : .leftToRight)
            .environment(\.locale, model.locale)
            .task { await model.run() }
            .alert(model.note.map(model.text) ?? "", isPresented: hasNote) {
                Button(model.text(Words.ok)) { model.dismissNote() }
            }
        }

        private var hasNote: Binding<Bool> {
            Binding {
                model.note != nil
            } set: { shown in
                if !shown { model.dismissNote() }
            }
        }
    }

    struct SignInView: View {
        let model: DemoModel

        var body: some View {
            VStack(spacing: 24) {
                Text(model.text(Words.title)).font(.largeTitle)
                if model.isOffline { Text(model.text(Words.offline)).foregroundStyle(.secondary) }
                Button(model.text(Words.signIn)) { Task { await model.signIn() } }
                    .buttonStyle(.borderedProminent)
                    .disabled(model.isBusy)
                LanguageButton(model: model)
            }
            .padding()
        }
    }

    /// Changes the language of everything on the screen at once: each text is there in both.
    struct LanguageButton: View {
        let model: DemoModel

        var body: some View {
            Button(model.text(Words.otherLanguage)) { model.language = model.language == .ar ? .en : .ar }
        }
    }
#endif
