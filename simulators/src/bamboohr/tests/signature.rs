//! The signature, against the vectors of the reference.

use crate::bamboohr::signature;

const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const TIMESTAMP: &str = "1769884920";

fn signed(body: &str) -> String {
    signature(KEY, body.as_bytes(), TIMESTAMP)
}

#[test]
fn an_event_is_signed_as_in_vector_a() {
    let body = r#"{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"4711","employeeId":"67","changedFields":["department"]}}"#;

    assert_eq!(signed(body), "3f9a01a799f462beff9e45ff3fcdebed07537ee3e0cfc92868271c81d3faf07d");
}

#[test]
fn a_field_based_delivery_is_signed_as_in_vector_b() {
    let body = r#"{"employees":[{"action":"Updated","changedFields":["Department"],"fields":{"Department":"R&D – Zürich"},"id":"67","timestamp":"2026-01-31T18:42:00+0000"}]}"#;

    assert_eq!(signed(body), "6893a3eb812c0303c0e92cb2f7ef2379b76e13304b10480f6e560cc1b0423f27");
}

#[test]
fn a_form_is_signed_as_in_vector_c() {
    let body = "type=employee.updated&data%5BcompanyId%5D=4711&data%5BemployeeId%5D=67&data%5BchangedFields%5D%5B0%5D=department";

    assert_eq!(signed(body), "42b76ae9f0728a6a9e4bcd8c166c80ee7e5b9648063b874679317a124c73fb1e");
}
