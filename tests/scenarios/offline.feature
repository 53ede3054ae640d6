Feature: Without a network
  The screen reads what was stored. Nothing that was seen goes away, and nothing is sent by halves.

  Background:
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed

  Scenario: The bills can be read
    When the network is cut
    And the app is closed and opened again
    Then 20 bills are open
    And "AED 4,800.53" is owed
    And "Salma Burjanoor" or "سلمى برجنور" is signed in
    When the open bills are searched for "speeding"
    Then these bills are on the screen:
      | agency | bill    |
      | police | po-0001 |

  Scenario: A refresh reaches nobody, and what is shown stays
    When the network is cut
    And the bills are refreshed
    Then no agency answered
    And 20 bills are open
    When the network is back
    And the bills are refreshed
    Then every agency answered

  Scenario: Nothing can be paid, and nothing is sent
    Given "tenant-family" links a "bank account"
    And these bills are quoted:
      | agency | bill    |
      | police | po-0001 |
    When the network is cut
    And the quote is paid with the "bank account"
    Then it fails because nobody can be reached
    When the network is back
    Then the books balance, with "AED 0.00" paid

  Scenario: Receipts verify
    Given "tenant-family" links a "bank account"
    And these bills are quoted:
      | agency | bill    |
      | police | po-0001 |
      | health | he-0002 |
    And the quote is paid with the "bank account"
    And the payment is "settled"
    When the network is cut
    And the app is closed and opened again
    Then 2 receipts verify

  Scenario: The background work catches up
    Given the network is cut
    And the bill "po-0001" of "police" is paid at the counter
    When the network is back
    And 20 minutes pass
    And the app does its background work
    Then the bill "po-0001" of "police" is "paid elsewhere"
