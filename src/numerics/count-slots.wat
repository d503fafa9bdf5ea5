;; The counting loop of count-slots.ts: four float32 at a time, exact for every float32.
;;
;; The slot of x is $zero + floor(t) + ceil(t), with t = x · $first · $second: powers of two, of which a float32 alone holds
;; none beyond 2^127. Where that product vanishes x is still no zero, and its slot is one beside that of zero. NaN and what lies
;; below slot 0 is counted there, what lies beyond slot $last in that. Runs of equal values would wait for their own last store,
;; so two arrays of 32-bit counts take turns.
(module
  (memory (export "memory") 4)

  (func (export "countSlots")
    (param $at i32) (param $end i32) ;; where the values begin and end, in bytes, a multiple of 16 apart
    (param $first f32) (param $second f32)
    (param $zero f32) (param $last f32)
    (param $even i32) (param $odd i32) ;; where the counts begin, in bytes
    (local $x v128) (local $t v128) (local $slot v128) (local $count i32)
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $x (v128.load (local.get $at)))
          (local.set $t
            (f32x4.mul
              (f32x4.mul (local.get $x) (f32x4.splat (local.get $first)))
              (f32x4.splat (local.get $second))))
          (local.set $slot
            (f32x4.add
              (f32x4.add (f32x4.floor (local.get $t)) (f32x4.ceil (local.get $t)))
              (f32x4.splat (local.get $zero))))
          ;; A comparison that holds is −1.
          (local.set $slot
            (f32x4.add
              (local.get $slot)
              (f32x4.convert_i32x4_s
                (v128.and
                  (f32x4.eq (local.get $t) (f32x4.splat (f32.const 0)))
                  (i32x4.sub
                    (f32x4.lt (local.get $x) (f32x4.splat (f32.const 0)))
                    (f32x4.gt (local.get $x) (f32x4.splat (f32.const 0))))))))
          ;; pmax takes its first operand where the second is NaN.
          (local.set $slot (f32x4.pmax (f32x4.splat (f32.const 0)) (local.get $slot)))
          (local.set $slot (f32x4.pmin (f32x4.splat (local.get $last)) (local.get $slot)))
          ;; From 2^21 to 2^22 the mantissa of a float32 counts quarters: its bits are the offset of a count, in bytes.
          (local.set $slot
            (v128.and
              (f32x4.add (local.get $slot) (f32x4.splat (f32.const 0x1p21)))
              (i32x4.splat (i32.const 0x7fffff))))
          (local.set $count (i32.add (local.get $even) (i32x4.extract_lane 0 (local.get $slot))))
          (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1)))
          (local.set $count (i32.add (local.get $odd) (i32x4.extract_lane 1 (local.get $slot))))
          (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1)))
          (local.set $count (i32.add (local.get $even) (i32x4.extract_lane 2 (local.get $slot))))
          (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1)))
          (local.set $count (i32.add (local.get $odd) (i32x4.extract_lane 3 (local.get $slot))))
          (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next))))))
