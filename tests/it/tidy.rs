//! Keeps the house in order: reads every file of the repository and complains with
//! the place and what to do instead. Each check is a pure function over a text and
//! has a test beside it in which it catches a planted example.

mod code;
mod docs;
mod doors;
mod names;
mod order;
mod planted_bugs;
mod slint;
mod source;
mod words;

use std::sync::LazyLock;

use source::{Complaint, Source};

/// Read once for all checks.
static REPOSITORY: LazyLock<Vec<Source>> = LazyLock::new(source::repository);

/// Ends with all complaints at once, so that one run shows all there is to do.
fn assert_tidy(complaints: impl IntoIterator<Item = Complaint>) {
    let told: Vec<String> = complaints.into_iter().map(|it| it.to_string()).collect();
    assert!(told.is_empty(), "\n{}\n", told.join("\n"));
}

fn each(check: impl Fn(&Source) -> Vec<Complaint>) {
    assert_tidy(REPOSITORY.iter().flat_map(check));
}

#[test]
fn a_module_imports_only_modules_listed_above_it() {
    assert_tidy(order::check(&REPOSITORY));
}

#[test]
fn no_file_uses_a_banned_word() {
    each(words::banned);
}

#[test]
fn no_type_is_called_after_nothing_in_particular() {
    each(words::empty_names);
}

#[test]
fn every_path_in_the_documents_exists() {
    assert_tidy(
        REPOSITORY
            .iter()
            .flat_map(|file| docs::paths(file, &source::exists)),
    );
}

#[test]
fn every_test_that_a_document_names_is_written() {
    let is_written = |name: &str| {
        let head = format!("fn {name}(");
        REPOSITORY.iter().any(|file| file.text.contains(&head))
    };
    assert_tidy(
        REPOSITORY
            .iter()
            .flat_map(|file| docs::tests(file, &is_written)),
    );
}

#[test]
fn no_document_names_a_folder_of_somebodys_machine() {
    each(docs::machine_paths);
}

#[test]
fn only_the_kiosks_ui_names_slint_and_only_the_stores_name_sqlite() {
    each(names::check);
}

#[test]
fn in_the_domain_only_wire_and_signed_derive_serde() {
    each(names::serde);
}

#[test]
fn slint_files_hold_no_words() {
    each(slint::words);
}

#[test]
fn code_has_no_way_out_that_we_agreed_not_to_take() {
    each(code::forbidden);
}

#[test]
fn unsafe_code_is_where_it_is_listed() {
    each(code::unchecked);
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    each(code::opening);
}

#[test]
fn no_file_is_too_long_to_read() {
    each(code::length);
}

#[test]
fn every_planted_bug_stands_in_the_product_and_a_test_that_is_to_catch_it_is_written() {
    assert_tidy(planted_bugs::sites(&REPOSITORY));
    assert_tidy(planted_bugs::catchers(&REPOSITORY));
}

#[test]
fn a_build_that_ships_has_no_test_doors() {
    assert_tidy(doors::check(&doors::metadata()));
}
