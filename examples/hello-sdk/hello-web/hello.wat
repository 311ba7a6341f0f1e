;; Greets in the browser. The page writes a name in UTF-8 at `name` and reads the greeting that starts at `greeting`.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "Hello, ")

  ;; Where the name goes, right behind the words before it.
  (global (export "name") i32 (i32.const 7))
  (global (export "greeting") i32 (i32.const 0))
  ;; The longest name, in bytes: the rest of the memory but for the mark behind it.
  (global $room (export "room") i32 (i32.const 65528))

  ;; Ends the greeting behind a name of `length` bytes; gives the length of the greeting, or 0 where there is no room.
  (func (export "greet") (param $length i32) (result i32)
    (if (i32.gt_u (local.get $length) (global.get $room))
      (then (return (i32.const 0))))
    (i32.store8 (i32.add (i32.const 7) (local.get $length)) (i32.const 33))
    (i32.add (local.get $length) (i32.const 8))))
