use phonenumber::metadata::DATABASE;
use proptest::prelude::*;

use super::*;

fn country(code: &str) -> Country {
    Country::parse(code).expect("a country")
}

fn typed(text: &str, region: &str) -> Result<String, Wrong> {
    PhoneNumber::typed(text, Country::parse(region)).map(String::from)
}

fn held(text: &str) -> PhoneNumber {
    PhoneNumber::held(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

#[test]
fn a_phone_number_is_e164() {
    assert!(PhoneNumber::parse("+15005550006").is_some());
    for bad in ["15005550006", "+0123456789", "+1 500", "+123456", "+1234567890123456", "+１５００５５５０００６", "+"]
    {
        assert!(PhoneNumber::parse(bad).is_none(), "{bad}");
    }
    assert_eq!(format!("{:?}", held("+15005550006")), "PhoneNumber(***)");
    assert!(serde_json::from_str::<PhoneNumber>("\"15005550006\"").is_err());
}

#[test]
fn bf_09_every_way_to_type_a_number_is_one_number() {
    let spellings = [
        "+15005550006",
        "+1 (500) 555-0006",
        "5005550006",
        "(500) 555-0006",
        "1-500-555-0006",
        "500.555.0006",
        "500/555/0006",
        "[500] 555 0006",
        "0015005550006",
        "+0015005550006",
        "011 1 500 555 0006",
        "15005550006",
        " +1\u{a0}500\u{202f}555\u{2011}0006 ",
        "\u{202a}+1 500 555 0006\u{202c}",
        "＋１（５００）５５５－０００６",
        "٥٠٠ ٥٥٥ ٠٠٠٦",
        "+۱۵۰۰۵۵۵۰۰۰۶",
    ];

    for text in spellings {
        assert_eq!(typed(text, "US").as_deref(), Ok("+15005550006"), "{text}");
    }
}

#[test]
fn a_national_number_is_read_as_it_is_dialled_there() {
    for (text, region, number) in [
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", "DE", "+442079460018"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("33 6 12 34 56 78", "FR", "+33612345678"),
        ("0044 20 7946 0018", "DE", "+442079460018"),
        ("0011 44 20 7946 0018", "AU", "+442079460018"),
        // The zero of an Italian number belongs to it.
        ("06 6982 0000", "IT", "+390669820000"),
        ("+39 06 6982 0000", "DE", "+390669820000"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("+7 800 123 46 06", "RU", "+78001234606"),
        ("07 01 23 45 67", "CI", "+2250701234567"),
        // Argentina writes the 9 of its mobile numbers as a 15 within the number.
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("06 12 34 56 78", "FR", "+33612345678"),
    ] {
        assert_eq!(typed(text, region).as_deref(), Ok(number), "{text} {region}");
    }
}

#[test]
fn what_is_no_number_says_why() {
    let long = format!("{}+15005550006", " ".repeat(243));
    for (text, region, wrong) in [
        ("", "US", Wrong::Empty),
        (" - ()", "US", Wrong::Empty),
        ("+", "US", Wrong::Empty),
        ("alice", "US", Wrong::Strange),
        ("500 555 0006 x12", "US", Wrong::Strange),
        ("tel:+15005550006", "US", Wrong::Strange),
        ("+15005550006;phone-context=+1", "US", Wrong::Strange),
        ("1+5005550006", "US", Wrong::Strange),
        ("++15005550006", "US", Wrong::Strange),
        ("+1500555\n0006", "US", Wrong::Strange),
        ("1-800-FLOWERS", "US", Wrong::Strange),
        ("5005550006", "", Wrong::NoCountry),
        ("+210 123 4567", "US", Wrong::UnknownCode),
        ("+0 123 4567", "US", Wrong::UnknownCode),
        ("00", "US", Wrong::UnknownCode),
        ("911", "US", Wrong::Length),
        ("555 0006", "US", Wrong::Length),
        ("+1 500 555 00066", "US", Wrong::Length),
        // Without its zeros it would have the length of a number that nobody has.
        ("+98 00100000", "US", Wrong::Length),
        ("1234567890123456789012345", "US", Wrong::Length),
        (&long, "US", Wrong::Length),
    ] {
        assert_eq!(typed(text, region), Err(wrong), "{text}");
    }
}

#[test]
fn of_what_a_provider_holds_nothing_is_guessed() {
    for (text, number) in [
        ("+1 (500) 555-0006", "+15005550006"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        // Each of these would be another's number without its first digit.
        ("+78001234606", "+78001234606"),
        ("+37080001897", "+37080001897"),
        ("+3758011661060", "+3758011661060"),
        ("+37080123198", "+37080123198"),
    ] {
        assert_eq!(held(text).as_str(), number);
    }
    for text in ["5005550006", "0015005550006", "0500 5550006", "15005550006"] {
        assert_eq!(PhoneNumber::held(text), Err(Wrong::NoCountry), "{text}");
    }
}

#[test]
fn the_spellings_of_a_number_are_that_number() {
    let spellings: Vec<String> = held("+12025550142").spellings().into_iter().collect();
    assert_eq!(spellings, ["+1 202-555-0142", "+12025550142"]);
    for number in ["+4915123456789", "+442079460018", "+390669820000", "+2250701234567", "+78001234606", "+2101234567"]
    {
        let number = PhoneNumber::parse(number).expect("a number");
        for spelling in number.spellings() {
            let again = PhoneNumber::held(&spelling);
            assert!(again.as_ref() == Ok(&number) || number.as_str() == "+2101234567", "{spelling}");
        }
    }
}

#[test]
fn countries_that_share_a_code_are_told_apart() {
    for (number, code) in [
        ("+12025550142", "US"),
        ("+14165550142", "CA"),
        ("+18765550142", "JM"),
        ("+17875550142", "PR"),
        ("+79123456789", "RU"),
        ("+77012345678", "KZ"),
        ("+442079460018", "GB"),
        ("+447781123456", "GG"),
        ("+447797712345", "JE"),
        ("+447624123456", "IM"),
        ("+390669812345", "VA"),
        ("+393331234567", "IT"),
        ("+33612345678", "FR"),
        ("+590690001234", "GP"),
        ("+2250123456789", "CI"),
    ] {
        assert_eq!(held(number).country(), Some(country(code)), "{number}");
    }
    // Given to nobody, so that nobody can say whose it is.
    for number in ["+447700900123", "+15555555555", "+70001234567", "+881612345678", "+979123456789"] {
        assert_eq!(held(number).country(), None, "{number}");
    }
}

#[test]
fn da_03_no_text_goes_where_somebody_earns_by_it() {
    let costly = [
        ("+881612345678", Costly::Beyond),
        ("+870773111632", Costly::Beyond),
        ("+88213300655", Costly::Beyond),
        ("+979123456789", Costly::Beyond),
        ("+80012345678", Costly::Beyond),
        ("+80812345678", Costly::Beyond),
        ("+878101234567890", Costly::Beyond),
        ("+19002345678", Costly::Premium),
        ("+15005550006", Costly::Personal),
        ("+449012345678", Costly::Premium),
        ("+448431234567", Costly::Premium),
        ("+447012345678", Costly::Personal),
        ("+447640123456", Costly::Pager),
        ("+499001234567", Costly::Premium),
        ("+4918012345678", Costly::SharedCost),
        ("+4970012345678", Costly::Personal),
        ("+33891123456", Costly::Premium),
        ("+33810123456", Costly::SharedCost),
        ("+78091234567", Costly::Premium),
    ];
    let everywhere: Vec<Country> = DATABASE.iter().filter_map(|plan| Country::parse(plan.id())).collect();

    for (number, why) in costly {
        assert_eq!(may_text(&held(number), &everywhere), Err(WhyNot::Costly(why)), "{number}");
        assert!(held(number).is_costly(), "{number}");
    }
}

#[test]
fn da_03_a_text_goes_only_to_the_countries_that_are_listed() {
    let us_and_de = [country("US"), country("DE")];

    for number in ["+12025550142", "+4915123456789", "+493012345678"] {
        assert_eq!(may_text(&held(number), &us_and_de), Ok(()), "{number}");
    }
    for number in ["+79123456789", "+77012345678", "+18765550142", "+17875550142", "+14165550142", "+447911223344"] {
        assert_eq!(may_text(&held(number), &us_and_de), Err(WhyNot::Country), "{number}");
    }
    assert_eq!(may_text(&held("+12025550142"), &[]), Err(WhyNot::Country));
    // +7 is two countries: a list with one of them lets nobody into the other.
    assert_eq!(may_text(&held("+77012345678"), &[country("RU")]), Err(WhyNot::Country));
    assert_eq!(may_text(&held("+15555555555"), &us_and_de), Err(WhyNot::Country));
    assert_eq!(may_text(&held("+4911112345678"), &us_and_de), Err(WhyNot::Unassigned));
    // Its first digits are a whole number of another length.
    assert_eq!(may_text(&held("+20359233025"), &[country("EG")]), Err(WhyNot::Unassigned));
}

#[test]
fn da_03_five_hundred_sequential_numbers_share_a_prefix() {
    let prefixes: std::collections::BTreeSet<String> =
        (0..500).map(|last| held(&format!("+1202555{last:04}")).prefix().to_owned()).collect();

    assert_eq!(prefixes.into_iter().collect::<Vec<_>>(), ["+1202555"]);
    assert_eq!(held("+2903412").prefix(), "+2903412");
}

/// Google's own example of each kind of number in each plan.
#[test]
fn the_examples_of_every_plan_are_read_as_what_they_are() {
    let (mut seen, mut others) = (0, std::collections::BTreeSet::new());
    for plan in DATABASE.iter().filter(|plan| plan.id() != "001") {
        let code = country(plan.id());
        let kinds = [
            (Type::Mobile, None),
            (Type::FixedLine, None),
            (Type::PremiumRate, Some(Costly::Premium)),
            (Type::SharedCost, Some(Costly::SharedCost)),
            (Type::PersonalNumber, Some(Costly::Personal)),
            (Type::Pager, Some(Costly::Pager)),
        ];
        for (kind, expected) in kinds {
            let Some(example) = plan.descriptors().get(kind).and_then(|those| those.example()) else { continue };
            let text = format!("+{}{example}", plan.country_code());
            let number = held(&text);
            assert_eq!(number.as_str(), text, "{kind:?}");
            assert_eq!(number.costly(), expected, "{text} {kind:?}");
            if matches!(kind, Type::Mobile | Type::FixedLine) && number.country() != Some(code) {
                others.insert(plan.id().to_owned());
            }
            seen += 1;
        }
    }
    // Some of their numbers stand in the plan of the country beside them too, and are told to be its.
    let expected = ["AX", "BL", "CC", "CX", "EH", "IM", "MF", "SJ", "VA"];
    assert_eq!(others.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert!(seen > 700, "{seen}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_reading_panic(text: String, region in "[A-Z]{2}") {
        let _ = PhoneNumber::typed(&text, Country::parse(&region));
        let _ = PhoneNumber::held(&text);
    }

    #[test]
    fn whatever_looks_like_a_number_is_read_once_and_for_all(text in "[+＋]?[0-9٠-٩０-９ ()/-]{0,30}", at in 0_usize..250) {
        let regions: Vec<Country> = DATABASE.iter().filter_map(|plan| Country::parse(plan.id())).collect();
        let region = regions.get(at).copied();
        for number in [PhoneNumber::typed(&text, region), PhoneNumber::held(&text)].into_iter().flatten() {
            prop_assert!(PhoneNumber::parse(number.as_str()).is_some());
            let _ = (number.spellings(), number.prefix(), number.country(), may_text(&number, &regions));
        }
    }

    #[test]
    fn what_was_read_is_read_again_as_itself(digits in "[1-9][0-9]{6,14}") {
        if let Ok(number) = PhoneNumber::held(&format!("+{digits}")) {
            prop_assert_eq!(PhoneNumber::held(number.as_str()), Ok(number.clone()));
            prop_assert_eq!(PhoneNumber::typed(number.as_str(), Country::parse("DE")), Ok(number));
        }
    }
}
