import Foundation

/// What control and its callers say to each other.
public enum JSON: Codable, Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Int)
    case fraction(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Reads it.
    public init(_ data: Data) throws { self = try JSONDecoder().decode(JSON.self, from: data) }

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else if let fraction = try? value.decode(Double.self) {
            self = .fraction(fraction)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .fraction(let fraction): try value.encode(fraction)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let object): try value.encode(object)
        }
    }

    /// Writes it.
    public func encoded() throws -> Data { try JSONEncoder().encode(self) }

    /// The value of a field; `null` where there is none.
    public subscript(_ name: String) -> JSON {
        if case .object(let fields) = self { fields[name] ?? .null } else { .null }
    }

    /// A text; throws for anything else.
    public var text: String {
        get throws {
            guard case .string(let text) = self else { throw Failed("\(self) is no text") }
            return text
        }
    }

    /// A whole number; throws for anything else.
    public var int: Int {
        get throws {
            guard case .number(let number) = self else { throw Failed("\(self) is no number") }
            return number
        }
    }

    /// A list; throws for anything else.
    public var array: [JSON] {
        get throws {
            guard case .array(let array) = self else { throw Failed("\(self) is no list") }
            return array
        }
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }

    public init(stringLiteral value: String) { self = .string(value) }

    public init(integerLiteral value: Int) { self = .number(value) }

    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
