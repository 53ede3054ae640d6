Feature: Two phones of one person
  What one phone does, the other learns of; and a bill is paid once, whoever pays.

  Background:
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    And "tenant-family" links a "bank account"

  Scenario: What was paid on one phone is seen on the other
    Given these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
    And the quote is paid with the "bank account"
    And the payment is "settled"
    When the phone "second" is taken in hand
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the app does its background work
    Then the bill "he-0002" of "health" is "paid"
    And 19 bills are open
    And 1 receipts verify

  Scenario: Two phones pay the same bill
    Given these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
    When the phone "second" is taken in hand
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    And "tenant-family" links a "bank account"
    And these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
    And the quote is paid with the "bank account"
    Then the payment is "settled"
    When the phone "first" is taken in hand
    And the quote is paid with the "bank account"
    Then it fails with "bill_already_paid"
    And the books balance, with "AED 70.00" paid

  Scenario: A phone signs out, the other stays signed in
    Given the phone "second" is taken in hand
    And "tenant-family" signs in
    When the person signs out
    Then nobody is signed in
    When the phone "first" is taken in hand
    And the bills are refreshed
    Then every agency answered
