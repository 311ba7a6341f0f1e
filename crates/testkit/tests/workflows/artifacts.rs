//! Artifacts between the jobs of a run.

use super::place::Place;

const WORKFLOW: &str = r#"
on: workflow_dispatch
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          mkdir -p dist/sub .cache
          echo wheel > dist/a.whl
          echo tool > dist/sub/tool
          chmod +x dist/sub/tool
          echo hidden > dist/.hidden
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7
        with:
          name: wheel-linux
          path: dist/*.whl
          retention-days: 1
          compression-level: 0
      - uses: actions/upload-artifact@v4
        with:
          name: all
          path: |
            dist
            !dist/*.whl
          if-no-files-found: error
      - uses: actions/upload-artifact@v4
        with:
          name: wheel-none
          path: nothing/*
      - id: again
        continue-on-error: true
        uses: actions/upload-artifact@v4
        with:
          name: all
          path: dist
      - run: echo "again ${{ steps.again.outcome }}"
      - uses: actions/upload-artifact@v4
        with:
          name: wheel-linux
          path: |
            dist/a.whl
            dist/sub/
          overwrite: true
  use:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v8
        with:
          name: all
          path: got
      - run: |
          echo "all: $(cd got && find . -type f | sort | tr '\n' ' ')"
          test -x got/sub/tool || echo "no longer executable"
      - uses: actions/download-artifact@v8
        with:
          pattern: wheel-*
          path: each
      - uses: actions/download-artifact@v8
        with:
          pattern: wheel-*
          path: merged
          merge-multiple: true
      - run: |
          echo "each: $(cd each && find . -type f | sort | tr '\n' ' ')"
          echo "merged: $(cd merged && find . -type f | sort | tr '\n' ' ')"
      - uses: actions/download-artifact@v8
        with:
          name: wheel-none
"#;

#[test]
fn what_a_job_keeps_another_gets_by_githubs_rules() {
    let place = Place::new(WORKFLOW);
    let done = place.run(place.by_hand());
    done.expect("build", "success")
        .said("No files were found with the provided path: nothing/*")
        .said("(409) Conflict: an artifact with this name already exists on the workflow run")
        .said("again failure")
        .said("all: ./sub/tool")
        .said("no longer executable")
        .said("each: ./wheel-linux/a.whl ./wheel-linux/sub/tool")
        .said("merged: ./a.whl ./sub/tool")
        .expect("use", "failure")
        .said("Artifact not found for name: wheel-none");
}

#[test]
fn the_least_common_ancestor_is_the_root() {
    let place = Place::new(
        r#"
on: workflow_dispatch
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p a/b/c a/d && touch a/b/c/one a/d/two
      - uses: actions/upload-artifact@v4
        with:
          name: one-file
          path: a/b/c/one
      - uses: actions/upload-artifact@v4
        with:
          name: glob
          path: a/**/one
      - uses: actions/upload-artifact@v4
        with:
          name: two
          path: |
            a/b/c/one
            a/d/*
      - uses: actions/download-artifact@v4
        with:
          path: got
      - run: echo "got $(cd got && find . -type f | sort | tr '\n' ' ')"
      - uses: actions/upload-artifact@v4
        with:
          name: 'a/b'
          path: a
"#,
    );
    place
        .run(place.by_hand())
        .said("got ./glob/b/c/one ./one-file/one ./two/b/c/one ./two/d/two")
        .said("The artifact name is not valid: a/b")
        .expect("one", "failure");
}

#[test]
fn an_input_that_the_stand_in_does_not_have_is_an_error() {
    let place = Place::new(
        "on: workflow_dispatch\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/download-artifact@v4\n        with:\n          run-id: 1\n",
    );
    let error = format!("{:#}", place.prepare(place.by_hand()).unwrap_err());
    assert!(
        error.contains("the stand-in for `actions/download-artifact@v4` has no input `run-id`"),
        "{error}"
    );
}
