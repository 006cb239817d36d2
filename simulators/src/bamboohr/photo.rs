//! `GET /employees/{id}/photo/{size}`: the same grey pixel for everybody who has a photo.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer;
use super::fields::{Column, Field};
use super::shared::Shared;

const SIZES: [&str; 6] = ["original", "large", "medium", "small", "xs", "tiny"];

/// About the smallest JPEG there is.
const PIXEL: &str = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP////////////////////////////////////\
    //////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAA\
    AAAAAP/aAAgBAQABPxA=";

pub(super) fn page(shared: &Shared, id: &str, size: &str) -> Response {
    let (company, sight) = shared.look();
    let Some(person) = id.parse().ok().and_then(|id| company.people.get(&id)) else {
        return answer::no_employee();
    };
    let may_see = sight.field(Field::of(Column::PhotoUrl).alias) && sight.employee(person.id);
    if !may_see {
        return answer::refused(StatusCode::FORBIDDEN, "You do not have access to this photo");
    }
    if !person.photo_uploaded || !SIZES.contains(&size) {
        return answer::refused(StatusCode::NOT_FOUND, "No employee photo");
    }
    let pixel = STANDARD.decode(PIXEL).expect("it was encoded");
    answer::bytes(StatusCode::OK, "image/jpeg", pixel)
}
