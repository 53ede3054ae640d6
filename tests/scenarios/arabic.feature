Feature: In Arabic
  Whatever a person reads is there in Arabic too, and is found by Arabic words.

  Background:
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed

  Scenario: Names and bills can be read in Arabic
    Then "Salma Burjanoor" or "سلمى برجنور" is signed in
    And "electricity-water" is listed as "Electricity & Water" and "الكهرباء والمياه"
    And the bill "rt-0002" of "roads" is called "Parking fine, Creek Street" and "مخالفة مواقف، شارع الخور"

  Scenario: A bill is found by Arabic words, however they are written
    When the open bills are searched for "مواقف شارع الخور"
    Then these bills are on the screen:
      | agency | bill    |
      | roads  | rt-0002 |
    When the open bills are searched for "مُخالفه مواقفْ"
    Then these bills are on the screen:
      | agency | bill    |
      | roads  | rt-0002 |

  Scenario: A refusal says why, in Arabic too
    When these bills are quoted:
      | agency | bill    |
      | health | he-0001 |
    And the bill "he-0001" of "health" is paid at the counter
    And the bills of "health" are refreshed
    And these bills are quoted:
      | agency | bill    |
      | health | he-0001 |
    Then it fails on the field "items[0].bill"
    And its reason is "Please check what you entered." and "يرجى التحقق مما أدخلته."
