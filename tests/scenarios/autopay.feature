Feature: Bills that pay themselves
  A person says once what is paid, with what and within which bounds; the gateway does it, and the phone checks that it was so.

  Background:
    Given a city
    And the gateway looks at mandates only when it is told
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    And "tenant-family" links a "card"

  Scenario: A bill is paid by itself from a card
    When a mandate for the bills of "police" is signed with the "card"
    Then the mandate is "active"
    And the gateway has all that was said about the mandate
    When "police" issues the "traffic-fine" "fine-1" of "AED 200.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the bill "fine-1" of "police" was paid by the mandate because of "due"
    And the bill "fine-1" of "police" is "paid"
    And nothing was found of the gateway

  Scenario: A bank account is paid from once the bank has agreed
    Given "tenant-family" links a "bank account"
    When a mandate for the bills of "police" is signed with the "bank account"
    Then the bank's consent to the mandate is "missing"
    When "police" issues the "traffic-fine" "fine-1" of "AED 200.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the last decision about the bill "fine-1" of "police" is "hold" because of "instrument_stopped"
    When "tenant-family" agrees to the mandate at the bank
    Then the bank's consent to the mandate is "authorized"
    When 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the bill "fine-1" of "police" was paid by the mandate because of "due"
    And nothing was found of the gateway

  Scenario: What is above an amount is asked about, and paid when it is approved
    When a mandate for the bills of "police" is signed with the "card", asking above "AED 300.00"
    And "police" issues the "traffic-fine" "fine-1" of "AED 350.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the last decision about the bill "fine-1" of "police" is "ask" because of "above_amount"
    And the bill "fine-1" of "police" waits for an answer
    When the bill "fine-1" of "police" is approved up to "AED 350.00"
    Then the bill "fine-1" of "police" waits for no answer
    When 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the bill "fine-1" of "police" was paid by the mandate because of "approved"
    And nothing was found of the gateway

  Scenario: What is declined is not paid
    When a mandate for the bills of "police" is signed with the "card", asking above "AED 300.00"
    And "police" issues the "traffic-fine" "fine-1" of "AED 350.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    And the bill "fine-1" of "police" is declined
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the last decision about the bill "fine-1" of "police" is "skip" because of "declined"
    And the bill "fine-1" of "police" is "open"

  Scenario: What is above a limit is held
    When a mandate for the bills of "police" is signed with the "card", at most "AED 300.00" for one bill
    And "police" issues the "traffic-fine" "fine-1" of "AED 350.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the last decision about the bill "fine-1" of "police" is "hold" because of "over_payment"
    And the bill "fine-1" of "police" is "open"

  Scenario: A limit of nothing is refused before anything is stored or sent
    When a mandate for the bills of "police" is signed with the "card", at most "AED 0.00" for one bill
    Then it fails on the field "limits.per_payment_fils"
    And there is no mandate
    When a mandate for the bills of "moon-office" is signed with the "card"
    Then it fails on the field "scope[0].agency_id"
    And there is no mandate

  Scenario: A paused mandate pays nothing until it is resumed
    When a mandate for the bills of "police" is signed with the "card"
    And the mandate is paused
    Then the mandate is "paused"
    When "police" issues the "traffic-fine" "fine-1" of "AED 200.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the last decision about the bill "fine-1" of "police" is "skip" because of "paused"
    When the mandate is resumed
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the bill "fine-1" of "police" was paid by the mandate because of "due"
    And nothing was found of the gateway

  Scenario: What is paid after a revocation is flagged, though the gateway could not know of it
    When a mandate for the bills of "police" is signed with the "card"
    And the network is cut
    And the mandate is revoked
    Then the mandate is "revoked"
    And 1 thing is still to be said about the mandate
    When the network is back
    And "police" issues the "traffic-fine" "fine-1" of "AED 200.00" to "tenant-family"
    And 20 minutes pass
    And the gateway looks at the mandates
    And the app does its background work
    Then the gateway has all that was said about the mandate
    And it was found of the gateway that "after_revocation"

  Scenario: An answer that is lost on the way signs nothing twice
    Given "gateway" loses its next answer to "POST" "/v1/mandates"
    When a mandate for the bills of "police" is signed with the "card"
    Then 1 thing is still to be said about the mandate
    When the app does its background work
    Then the gateway has all that was said about the mandate
    And there is 1 mandate

  Scenario: Another phone of the same person knows the mandate
    When a mandate for the bills of "police" is signed with the "card"
    And the phone "second" is taken in hand
    And "tenant-family" signs in
    And the app does its background work
    Then there is 1 mandate
    And the mandate is "active"
    When the mandate is paused
    And the phone "first" is taken in hand
    And the mandates are refreshed
    Then the mandate is "paused"
    And nothing was found of the gateway

  Scenario: A gateway that pays over a limit is caught, and stopped by a dispute
    When a mandate for the bills of "police" is signed with the "card", at most "AED 100.00" for one bill
    And "police" issues the "traffic-fine" "fine-1" of "AED 200.00" to "tenant-family"
    And 20 minutes pass
    And the gateway cheats by "over_limit"
    And the gateway looks at the mandates
    And the gateway is honest again
    And the app does its background work
    Then it was found of the gateway that "over_limit"
    When the finding "over_limit" is disputed
    Then the mandate is "paused"
    And the gateway has all that was said about the mandate

  Scenario: A suggested mandate would have paid everything on time
    Then a preview of the suggested mandate holds 0 bills and asks about 0
    When the suggested mandate is signed
    Then the mandate is "active"
