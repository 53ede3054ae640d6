Feature: Paying
  Any bills are paid together, once, whatever is lost on the way; and the books of the whole city say so.

  Background:
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    And "tenant-family" links a "bank account"

  Scenario: A bank account and a card are linked
    When "tenant-family" links a "card"
    Then a "bank account" ending in "0001" is linked
    And a "card" ending in "4242" is linked
    When the "card" is unlinked
    Then no "card" is linked
    And a "bank account" ending in "0001" is linked

  Scenario: A person changes their mind on the card page
    When "tenant-family" begins to link a "card" and cancels
    Then it fails with "access_denied"
    And its reason is "Nothing was linked." and "لم يتم ربط أي شيء."
    And no "card" is linked

  Scenario: A basket over several agencies is paid at once
    When these bills are quoted:
      | agency       | bill    |
      | police       | po-0001 |
      | health       | he-0002 |
      | municipality | mu-0001 |
    Then the quote comes to "AED 440.00"
    When the quote is paid with the "bank account"
    Then the payment is "settled"
    And 3 receipts verify
    And the bill "po-0001" of "police" is "paid"
    And the bill "he-0002" of "health" is "paid"
    And 17 bills are open
    And the books balance, with "AED 440.00" paid

  Scenario: A bill is paid by card
    Given "tenant-family" links a "card"
    When these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
    And the quote is paid with the "card"
    Then the payment is "settled"
    And the books balance, with "AED 70.00" paid

  Scenario: A large sum asks for a second factor
    When these bills are quoted:
      | agency | bill    |
      | police | po-0001 |
      | police | po-0002 |
    And the quote is paid with the "bank account"
    Then it fails with "step_up_required"
    And its reason is "Please confirm that it is you." and "يرجى تأكيد هويتك."
    When "tenant-family" confirms with the second factor
    And the quote is paid with the "bank account"
    Then the payment is "settled"
    And the books balance, with "AED 1,100.00" paid

  Scenario: The answer to a payment is lost
    Given "gateway" loses its next answer to "POST" "/v1/payments"
    When these bills are quoted:
      | agency | bill    |
      | police | po-0001 |
    And the quote is paid with the "bank account"
    Then the payment is "settled"
    And the books balance, with "AED 300.00" paid

  Scenario: The app is killed while it pays
    When the app pays these bills and is killed before it knows what became of that:
      | agency | bill    |
      | police | po-0001 |
      | health | he-0002 |
    And the app does its background work
    Then the payment is "settled"
    And the outcome "settled" waits to be acknowledged
    And 2 receipts verify
    And the books balance, with "AED 370.00" paid

  Scenario: An outcome waits until it is acknowledged
    When these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
    And the quote is paid with the "bank account"
    Then the payment is "settled"
    And the outcome "settled" waits to be acknowledged
    When the app is closed and opened again
    Then the outcome "settled" waits to be acknowledged
    When the outcomes are acknowledged
    And the app is closed and opened again
    Then no outcome waits to be acknowledged

  Scenario: A bill costs more than was shown
    Given "health" changes the bill "he-0002" to "AED 90.00"
    When these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
      | police | po-0001 |
    Then the quote says "changed" of the bill "he-0002" of "health"
    And the quote says "payable" of the bill "po-0001" of "police"
    And the quote comes to "AED 390.00"

  Scenario: A bill is paid at the counter after it was quoted
    Given these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
      | police | po-0001 |
    And the bill "he-0002" of "health" is paid at the counter
    When the quote is paid with the "bank account"
    Then the payment is "partly settled"
    And 1 receipts verify
    And the books balance, with "AED 300.00" paid

  Scenario: There is not enough money
    Given "tenant-family" has "AED 50.00" in the bank
    And these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
    When the quote is paid with the "bank account"
    Then it fails with "insufficient_funds"
    And the bill "he-0002" of "health" is "open"
    And the books balance, with "AED 0.00" paid

  Scenario: One agency is down while a basket is quoted
    Given "health" is down
    When these bills are quoted:
      | agency | bill    |
      | health | he-0002 |
      | police | po-0001 |
    Then the quote says "agency unavailable" of the bill "he-0002" of "health"
    And the quote comes to "AED 300.00"
