from tests.journeys.drawing_review.studio import *


def test_whole(studio):
    import time
    project = studio.a_drawn_project()
    t=time.time()
    survey = studio.a_passed_survey(project)
    print("survey", time.time()-t)
    assert studio.stage(survey) is Stage.CLOSED
