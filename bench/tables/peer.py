"""scikit-learn's MLP with the pipeline that its documentation uses for mixed columns, and the simplest guess."""
import warnings


def read(table, path):
    import pandas
    names = {"header": None, "names": [str(j) for j in range(65)]} if table.name == "digits" else {}
    data = pandas.read_csv(path, **names)
    return data.drop(columns=[table.target, *table.ignore]), data[table.target]


def pipeline(table, x, seed):
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    numeric = list(x.select_dtypes("number").columns)
    others = [name for name in x.columns if name not in numeric]
    prepare = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
        ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
         others)])
    if table.real:
        network = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    else:
        network = MLPClassifier(random_state=seed)
    return make_pipeline(prepare, network)


def score(work):
    """Runs in a process of its own. The guess is the most frequent class, or the mean, of the training rows."""
    table, folder, split = work
    warnings.simplefilter("ignore")  # that 200 epochs were not enough, and texts that the training rows do not have
    train_x, train_y = read(table, folder / table.name / f"{split}.train.csv")
    test_x, test_y = read(table, folder / table.name / f"{split}.test.csv")
    from sklearn.dummy import DummyClassifier, DummyRegressor
    texts = {name: object for name in train_x.select_dtypes(exclude="number").columns}
    train_x, test_x = train_x.astype(texts), test_x.astype(texts)
    model = pipeline(table, train_x, split).fit(train_x, train_y)
    network = model[-1].regressor_ if table.real else model[-1]
    guess = (DummyRegressor() if table.real else DummyClassifier()).fit(train_x, train_y)
    return {"score": float(model.score(test_x, test_y)), "epochs": int(network.n_iter_),
            "guess": float(guess.score(test_x, test_y))}
