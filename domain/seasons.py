"""When products sell, and the seasons in which goods are shared out (P3)."""

from domain.vocabulary import Vocabulary, word


class Season(Vocabulary):
    """When a product sells."""

    SPRING_SUMMER = word("Spring and summer", "春夏季")
    AUTUMN_WINTER = word("Autumn and winter", "秋冬季")
    NON_SEASONAL = word("All year", "非季节性")


class SellingSeason(Vocabulary):
    """A season in which goods are shared out."""

    SPRING_SUMMER = word("Spring and summer", "春夏季")
    AUTUMN_WINTER = word("Autumn and winter", "秋冬季")
