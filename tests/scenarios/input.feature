Feature: What is entered wrongly
  Bad input names its field, changes nothing and is sent to nobody.

  Background:
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed

  Scenario: An address that answers no sign-in of this device
    When the address "rabt-demo:/signed-in?code=guessed&state=guessed" comes back from a page
    Then it fails on the field "url"
    And "Salma Burjanoor" or "سلمى برجنور" is signed in

  Scenario: An empty basket
    When an empty basket is quoted
    Then it fails on the field "items"

  Scenario: Another amount than is owed
    When the bill "po-0001" of "police" is quoted at "AED 10.00"
    Then it fails on the field "items[0].amount_fils"
    And the bill "po-0001" of "police" is "open"

  Scenario: A bill twice in one basket
    When these bills are quoted:
      | agency | bill    |
      | police | po-0001 |
      | police | po-0001 |
    Then it fails on the field "items[1].bill"

  Scenario: A page of no bills
    When the open bills are shown, 0 at a time
    Then it fails on the field "limit"

  Scenario: A parent's electricity is added by hand
    When the "contract-account" of "electricity-water" is added by hand:
      | field            | value |
      | contract_account | 12345 |
    Then it fails on the field "fields.contract_account"
    When the "contract-account" of "electricity-water" is added by hand:
      | field            | value      |
      | contract_account | 2000000000 |
    Then it fails with "account_unknown"
