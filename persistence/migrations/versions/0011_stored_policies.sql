-- Policies are everybody's; row security would hide them even from the owner.
SELECT set_config('app.scope', 'all', true);

-- Nobody was ever sent the copy that `production_order_copy` named. How long a review may take is
-- said by `orders.review_days` alone; limits of its clock say it a second time.
UPDATE policies
   SET body = body #- '{orders,production_order_copy}' #- '{schedule,clocks,REVIEW,limits}'
 WHERE body #> '{orders,production_order_copy}' IS NOT NULL
    OR body #> '{schedule,clocks,REVIEW,limits}' IS NOT NULL;
